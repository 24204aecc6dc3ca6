"""Re-IQA: one encoder of quality and one of content, by momentum contrast.

crops -> trunk -> mean over the feature map -> hidden layer -> vector to compare
images -> trunk, at full and at half scale -> means, not normalized -> features
"""

import os

import keras

from tfiqa import backbones
from tfiqa import layers
from tfiqa.models.encoder import Encoder
from tfiqa.trainers import MomentumContrast

EXPERTS = ("quality", "content")


@keras.saving.register_keras_serializable(package="tfiqa")
class ReIQA(Encoder):
    """Maps images of any size to the features of one expert.

    `trainer` returns the model whose `fit` trains its weights, and `scorer` regresses
    scores on its features. The paper regresses on the features of two experts, which
    `join` in this module concatenates. A ResNet without published weights is
    initialized as in torchvision.

    Args:
        expert: `"quality"` or `"content"`.
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights, as in the paper; `"imagenet"`,
            which downloads the published ones; or a file.
        normalized: Whether pixels are normalized as the published weights expect, or
            only scaled to `[0, 1]`. Default: true for the content expert, and with
            `backbone_weights`.
        seed: Seed of the random weights of a ResNet.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        float32 `(batch, 2 * d)`, the means of the feature map at full and at half
        scale, not normalized to a length.

    Raises:
        ValueError: If there is no such expert or backbone.

    Example:
        >>> model = ReIQA(backbone="resnet10_slim")
        >>> trainer = model.trainer(queue_size=1024)
        >>> trainer.compile(keras.optimizers.SGD(0.03, momentum=0.9))
        >>> trainer.fit(first_views, second_views)
        >>> scorer = model.scorer(images, mos)

    Reference:
        Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the
        wild", CVPR 2023.
    """

    method = "reiqa"

    def __init__(
        self,
        *,
        expert: str = "quality",
        backbone: str = "resnet50",
        backbone_weights: str | os.PathLike[str] | None = None,
        normalized: bool | None = None,
        seed: int = 0,
        name: str = "reiqa_encoder",
        **kwargs,
    ):
        if expert not in EXPERTS:
            raise ValueError(
                f"`expert` must be one of {', '.join(EXPERTS)}. "
                f"Received: expert={expert!r}"
            )
        if normalized is None:
            normalized = expert == "content" or backbone_weights is not None
        arguments = {
            "expert": expert,
            "backbone": backbone,
            "normalized": normalized,
            "seed": seed,
        }
        trunk = backbones.build_trunk(
            backbone, backbone_weights, normalized=normalized, seed=seed
        )
        images = keras.Input((None, None, 3), name="images")
        features = layers.TwoScales(trunk, unit=False, name="features")(images)
        super().__init__(images, features, arguments, name=name, **kwargs)

    @property
    def trunk(self) -> keras.Model:
        """The model from crops to the last feature map of the backbone."""
        return self.get_layer("features").network

    def trainer(
        self,
        *,
        projection: int = 128,
        queue_size: int = 65536,
        temperature: float = 0.2,
        momentum: float = 0.999,
        negatives: str = "batch",
        bn_group: int | None = None,
        micro_batch: int | None = None,
    ) -> MomentumContrast:
        """Returns the model whose `fit` trains this encoder; it shares the weights.

        Compile it with an optimizer and without a loss. Fit it to pairs of views of
        each image, float32 `(batch, height, width, 3)` each: the first as inputs, the
        second as targets.

        Args:
            projection: Length of the compared vectors.
            queue_size: Number of keys in the queue, at least those of a batch.
            temperature: Divides the similarities.
            momentum: Share of the key network that each step keeps.
            negatives: Keys that a query is pushed away from: `"batch"` for those of the
                queue and of its batch, `"queue"` for the queue alone.
            bn_group: See `tfiqa.trainers.MomentumContrast`.
            micro_batch: See `tfiqa.trainers.MomentumContrast`.
        """
        query = build_network(self.trunk, projection)
        twin = ReIQA.from_config(self.arguments)
        return MomentumContrast(
            query,
            build_network(twin.trunk, projection),
            queue_size=queue_size,
            temperature=temperature,
            momentum=momentum,
            negatives=negatives,
            seed=self.arguments["seed"],
            bn_group=bn_group,
            micro_batch=micro_batch,
            name="reiqa_trainee",
        )


def build_network(trunk: keras.Model, projection: int) -> keras.Model:
    """Returns the model from crops to the compared vectors, of any length.

    Its layers `hidden` and `projection` are the head, which encoders lack.
    """
    depth = trunk.output_shape[-1]
    images = keras.Input((None, None, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D(
        data_format="channels_last", dtype=keras.config.floatx(), name="pool"
    )(trunk(images))
    x = backbones.build_dense(depth, fan_in=depth, name="hidden")(x)
    x = keras.layers.ReLU(name="hidden_relu")(x)
    x = backbones.build_dense(
        projection, fan_in=depth, name="projection", dtype=keras.config.floatx()
    )(x)
    return keras.Model(images, x, name="reiqa_network")


def join(content: keras.Model, quality: keras.Model) -> keras.Model:
    """Returns the encoder of the features of content followed by those of quality."""
    images = keras.Input((None, None, 3), name="images")
    experts = [
        keras.Model(encoder.input, encoder.output, name=name)
        for name, encoder in (("content", content), ("quality", quality))
    ]
    features = keras.layers.Concatenate(name="features")(
        [expert(images) for expert in experts]
    )
    return keras.Model(images, features, name="reiqa_encoder")
