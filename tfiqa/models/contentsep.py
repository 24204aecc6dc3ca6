"""ContentSep: quality without scores, learned apart from content."""

import os
from collections.abc import Iterable

import keras
import numpy as np

from tfiqa import layers
from tfiqa import pristine
from tfiqa.models.contentsep_networks import build_trainer
from tfiqa.models.contentsep_networks import build_versions_model
from tfiqa.models.contentsep_networks import pooled
from tfiqa.models.encoder import Encoder
from tfiqa.trainers import ContentSeparation

BANDS = 3
NORMALIZATIONS = ("none", "imagenet")
LEVELS = (1, 5)


@keras.saving.register_keras_serializable(package="tfiqa")
class ContentSep(Encoder):
    """Describes images of any size by features of quality, learned apart from content.

    Its weights are trained in two stages: `scene_trainer` learns to tell distortions
    of generated scenes apart, `trainer` learns from photographs. `fitted` compares the
    features of patches with those of pristine images, without any score.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights; `"imagenet"`, which downloads the
            published ones; or a file.
        normalization: `"none"`: the backbone sees images in `[0, 1]`; `"imagenet"`: as
            its ImageNet weights expect them.
        levels: 1 for images as they are; 5 for M-SCQALE's five networks, of the image,
            of three Laplacian bands and of what is left.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        `(batch, d)`, the means over space of the last stage of the backbone.

    Raises:
        ValueError: Naming the argument that is not allowed.

    Example:
        >>> model = ContentSep(backbone="resnet10_slim")
        >>> trainer = model.trainer()
        >>> trainer.compile(keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-4))
        >>> trainer.fit(views)
        >>> scorer = model.fitted(pristine_images)

    Reference:
        "No Reference Opinion Unaware Quality Assessment of Authentically Distorted
        Images", WACV 2023.
    """

    method = "contentsep"

    def __init__(
        self,
        *,
        backbone: str = "resnet50",
        backbone_weights: str | os.PathLike[str] | None = None,
        normalization: str = "none",
        levels: int = 1,
        name: str = "encoder",
        **kwargs,
    ):
        arguments = {
            "backbone": backbone,
            "normalization": normalization,
            "levels": levels,
        }
        _check(normalization, levels)
        images = keras.Input((None, None, 3), name="images")
        if levels == 1:
            features = pooled(images, backbone, backbone_weights, normalization)
        else:
            bands = layers.LaplacianPyramid(BANDS, name="bands")(images)
            vectors = [
                pooled(band, backbone, backbone_weights, "none")
                for band in (images, *bands)
            ]
            features = keras.layers.Concatenate()(vectors)
        super().__init__(images, features, arguments, name=name, **kwargs)

    def scene_trainer(self, *, versions: int = 4, side: int = 192) -> keras.Model:
        """Returns the model whose `fit` is the first stage, which shares the weights.

        It is to be compiled with `tfiqa.losses.SceneContrast(parts=levels)` and fitted
        to two views of each version of each scene, uint8
        `(scenes, versions, 2, side, side, 3)`, and targets that are not read.

        Args:
            versions: Of each scene: the scene itself, and distorted ones.
            side: Of a view in pixels.
        """
        return build_versions_model(self.encoder(), versions=versions, side=side)

    def trainer(
        self,
        content: keras.Model | None = None,
        *,
        predictor_width: int = 512,
        penalty: float = 1000.0,
        likelihood: str = "contrastive",
        pairing: str = "aligned",
    ) -> ContentSeparation:
        """Returns the model whose `fit` is the second stage, which shares the weights.

        It is to be compiled with the optimizers of encoder, predictor and, with
        `content`, estimator, and fitted to two views of each photograph, float32
        `(batch, 2, side, side, 3)` in `[0, 255]`. Call `penalize()` after the first
        epoch to begin with the penalty.

        Args:
            content: A frozen model from crops to shares of classes `(n, k)`; `None` for
                no penalty on content.
            predictor_width: Width of the predictor's hidden layer.
            penalty: Factor of the mutual information of features and content.
            likelihood: What the estimator learns by: `"contrastive"` or `"log"`.
            pairing: Of features and content: `"aligned"`, or `"released"`, the pairs of
                the authors' code, most of which are of different images.
        """
        return build_trainer(
            self.encoder(),
            content,
            predictor_width=predictor_width,
            penalty=penalty,
            likelihood=likelihood,
            pairing=pairing,
        )

    def fitted(
        self,
        images: Iterable[np.ndarray],
        *,
        scoring: pristine.Scoring | None = None,
        dataset: str = "",
    ) -> keras.Model:
        """Returns the scorer that compares patches with those of pristine images.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, to negative
        distances `(batch, 1)`; `tfiqa.load_scorer` reads its file.

        Args:
            images: Pristine images in color, uint8 `(height, width, 3)` each.
            scoring: How images are compared; `None` for the paper's way.
            dataset: What the images are called, for the metadata.

        Raises:
            ValueError: If there are fewer than 2 pristine patches.
        """
        return pristine.distance_scorer(
            self.encoder(),
            images,
            scoring or pristine.Scoring(),
            method=self.method,
            dataset=dataset,
        )


def _check(normalization: str, levels: int) -> None:
    for name, value, allowed in (
        ("normalization", normalization, NORMALIZATIONS),
        ("levels", levels, LEVELS),
    ):
        if value not in allowed:
            raise ValueError(
                f"`{name}` must be one of {', '.join(map(str, allowed))}. "
                f"Received: {name}={value!r}"
            )
    if levels == 5 and normalization != "none":
        raise ValueError(
            "`normalization` must be 'none' for bands, which have no mean color. "
            f"Received: levels=5, normalization={normalization!r}"
        )
