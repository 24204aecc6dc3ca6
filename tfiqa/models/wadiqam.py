"""WaDIQaM-NR: the quality of small patches, averaged with weights of their own.

patch -> ten 3x3 convolutions, halved after every second -> features
features -> quality of the patch
features -> weight of the patch
image -> mean of the qualities of its patches, by their weights
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfiqa import __version__
from tfiqa import layers
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.functional import FunctionalModel

TOPS = ("weighted", "patchwise")
# Side of a patch in pixels. It is halved five times.
SIDE = 32


@keras.saving.register_keras_serializable(package="tfiqa")
class WaDIQaM(FunctionalModel):
    """Predicts the quality of images from sets of their patches.

    It is an ordinary Keras model: compile it with `"mean_absolute_error"`, as in the
    paper, fit it to sets of patches and the scores of their images, save it. `scorer`
    wraps its network into a model for full images of any size.

    Args:
        top: `"weighted"` learns a weight for each patch; `"patchwise"` learns the score
            of the image from each patch alone, and averages without weights.
        patches: Number of patches of an image that are learned at once.
        unit_range: Whether levels are divided by 255, as in ports of the method; the
            authors' network reads levels in `[0, 255]`.
        weight_floor: Added to the weight of a patch; 1e-6 in the paper.
        channels: Channels of each pair of convolutions.
        units: Hidden units of both heads.
        dropout: Share of the hidden units that training drops.
        initializer: Initializer of all kernels.

    Input:
        float32 `(batch, patches, 32, 32, 3)`, RGB in `[0, 255]`.

    Output:
        In the units of the training scores: `(batch, 1)`, the quality of each image,
        if `"weighted"`; `(batch, patches)`, that of each patch, if `"patchwise"`.

    Raises:
        ValueError: If an argument is not allowed; names it.

    Example:
        >>> corners = [images[:, :32, :32], images[:, -32:, -32:]]
        >>> model = WaDIQaM(patches=2)
        >>> model.compile("adam", "mean_absolute_error")
        >>> model.fit(np.stack(corners, axis=1), mos, batch_size=4)
        >>> scorer = model.scorer(mos_range=(0, 100))

    Reference:
        Bosse et al., "Deep Neural Networks for No-Reference and Full-Reference Image
        Quality Assessment", IEEE TIP 2018.
    """

    def __init__(
        self,
        *,
        top: str = "weighted",
        patches: int = 32,
        unit_range: bool = False,
        weight_floor: float = 1e-6,
        channels: Sequence[int] = (32, 64, 128, 256, 512),
        units: int = 512,
        dropout: float = 0.5,
        initializer: str = "lecun_normal",
        name: str = "wadiqam_trainee",
        **kwargs,
    ):
        if top not in TOPS:
            raise ValueError(
                f"`top` must be one of {', '.join(TOPS)}. Received: top={top!r}"
            )
        if patches < 1:
            raise ValueError(
                f"`patches` must be at least 1. Received: patches={patches}"
            )
        arguments = {
            "top": top,
            "unit_range": unit_range,
            "weight_floor": weight_floor,
            "channels": tuple(channels),
            "units": units,
            "dropout": dropout,
            "initializer": initializer,
        }
        network = build_network(**arguments)
        inputs = keras.Input((patches, SIDE, SIDE, 3), name="patches")
        rows = network(ops.reshape(inputs, (-1, SIDE, SIDE, 3)))
        rows = ops.reshape(rows, (-1, patches, network.output_shape[-1]))
        if top == "weighted":
            quality = layers.WeightedPatchMean(name="mean")(rows)[:, -1:]
        else:
            quality = rows[:, :, -2]
        # Full precision under any policy, because losses are computed from it.
        quality = keras.layers.Identity(dtype=keras.config.floatx(), name="quality")(
            quality
        )
        arguments = {**arguments, "patches": patches}
        super().__init__(inputs, quality, arguments, name=name, **kwargs)

    @property
    def network(self) -> keras.Model:
        """The model from patches to features, quality and weight; see `build_network`.

        It shares all weights with this one.
        """
        return self.get_layer("wadiqam")

    def scorer(
        self,
        *,
        mos_range: tuple[float, float],
        scale: float = 1.0,
        offset: float = 0.0,
        dataset: str = "",
        unit: str = "MOS",
        edge_patches: bool = True,
    ) -> keras.Model:
        """Returns the scorer around this model; it shares the weights.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file.

        Args:
            mos_range: The worst and the best possible score.
            scale: Factor from the units of training to those of the scores.
            offset: Added after the factor.
            dataset: Name of the training set, for the metadata.
            unit: Unit of the scores, for the metadata.
            edge_patches: See `build_scorer`.
        """
        metadata = {
            "method": "wadiqam",
            "min_side": MIN_SIDE,
            "dataset": dataset,
            "mos_range": [float(end) for end in mos_range],
            "unit": unit,
            "version": __version__,
        }
        return build_scorer(
            self.network,
            scale=scale,
            offset=offset,
            metadata=metadata,
            edge_patches=edge_patches,
        )


def build_network(
    *,
    top: str = "weighted",
    unit_range: bool = False,
    weight_floor: float = 1e-6,
    channels: Sequence[int] = (32, 64, 128, 256, 512),
    units: int = 512,
    dropout: float = 0.5,
    initializer: str = "lecun_normal",
) -> keras.Model:
    """Returns the model from patches to their features, quality and weight.

    Input: float32 `(patches, 32, 32, 3)` in `[0, 255]`. Output: `(patches, d + 2)`; the
    quality is in the units of training, and the weight is 1 if `top` is `"patchwise"`.
    The arguments are those of `WaDIQaM`.
    """
    patches = keras.Input((SIDE, SIDE, 3), name="patches")
    x = keras.layers.Rescaling(1 / 255 if unit_range else 1.0, name="levels")(patches)
    for stage, filters in enumerate(channels):
        for number in (2 * stage + 1, 2 * stage + 2):
            x = keras.layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                data_format="channels_last",
                kernel_initializer=initializer,
                name=f"conv{number}",
            )(x)
        x = keras.layers.MaxPooling2D(
            2, data_format="channels_last", name=f"pool{stage + 1}"
        )(x)
    features = keras.layers.Flatten(data_format="channels_last", name="patch")(x)

    def head(suffix: str):
        hidden = keras.layers.Dense(
            units,
            "relu",
            kernel_initializer=initializer,
            dtype=keras.config.floatx(),  # Rounded scores would be equal scores.
            name=f"fc1{suffix}",
        )(features)
        hidden = keras.layers.Dropout(
            dropout, dtype=keras.config.floatx(), name=f"dropout{suffix}"
        )(hidden)
        return keras.layers.Dense(
            1,
            kernel_initializer=initializer,
            dtype=keras.config.floatx(),
            name=f"fc2{suffix}",
        )(hidden)

    quality = head("")
    if top == "weighted":
        weight = ops.relu(head("_a")) + weight_floor
    else:
        weight = ops.ones_like(quality)
    outputs = keras.layers.Concatenate(dtype="float32", name="features_and_heads")(
        [features, quality, weight]
    )
    return keras.Model(patches, outputs, name="wadiqam")


def build_scorer(
    network: keras.Model,
    *,
    scale: float,
    offset: float,
    metadata: dict[str, Any],
    edge_patches: bool = True,
) -> keras.Model:
    """Returns the scorer around `WaDIQaM.network`, sharing its weights.

    Patches are adjacent, from the top left; what remains at the right and the bottom is
    not read. Smaller images are extended by reflection.

    Args:
        network: Model from patches to features, qualities and weights.
        scale: Factor from the network's units to MOS units.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
        edge_patches: Whether the last row and the last column of patches count where
            they touch the edge of the image; ports of the method skip them.
    """
    images = keras.Input((None, None, 3), name="images")
    read = images if edge_patches else images[:, :-1, :-1]
    patches = layers.PatchFeatures(network, SIDE, SIDE, name="patches")(read)
    features = layers.WeightedPatchMean(name="features")(patches)
    mos = layers.MOS(scale, offset, metadata)(features[:, -1:], images)
    return layers.Scorer(images, mos, name="wadiqam_scorer")
