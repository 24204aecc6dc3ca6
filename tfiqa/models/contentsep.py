"""ContentSep: quality without scores, learned separately from content."""

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
    """Maps images of any size to features of quality, separated from content.

    Its weights are trained in two stages: `scene_trainer` learns to distinguish the
    distortions of generated scenes, `trainer` learns from photographs. `fitted`
    compares the features of patches with those of pristine images, without any score.

    Args:
        backbone: A key of `tfiqa.backbones.BACKBONES`.
        backbone_weights: `None` for random weights; `"imagenet"`, which downloads the
            published ones; or a file.
        normalization: `"none"` if the backbone receives images in `[0, 1]`;
            `"imagenet"` to normalize them as its ImageNet weights expect.
        levels: 1 for the images themselves; 5 for M-SCQALE's five networks: one for the
            image, three for Laplacian bands and one for the remaining low-pass image.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        `(batch, d)`, the spatial means of the last stage of the backbone.

    Raises:
        ValueError: If an argument is not allowed; names it.

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

    def scene_trainer(
        self, *, versions: int = 4, side: int = 192, micro_batch: int | None = None
    ) -> keras.Model:
        """Returns the model whose `fit` is the first stage; it shares the weights.

        Compile it with `tfiqa.losses.SceneContrast(parts=levels)`. Fit it to two views
        of each version of each scene, uint8 `(scenes, versions, 2, side, side, 3)`,
        with any targets, which are ignored.

        Args:
            versions: Number of versions of each scene, including the scene itself.
            side: Side of a view in pixels.
            micro_batch: Number of views that the encoder sees at once, which divides
                those of a batch on one device; `None` for all.
        """
        return build_versions_model(
            self.encoder(), versions=versions, side=side, micro_batch=micro_batch
        )

    def trainer(
        self,
        content: keras.Model | None = None,
        *,
        predictor_width: int = 512,
        penalty: float = 1000.0,
        penalty_unit: str = "paper",
        likelihood: str = "contrastive",
        pairing: str = "aligned",
        estimator_mean: str = "linear",
        micro_batch: int | None = None,
    ) -> ContentSeparation:
        """Returns the model whose `fit` is the second stage; it shares the weights.

        Compile it with the optimizers of the encoder, the predictor and, with
        `content`, the estimator. Fit it to two views of each photograph, float32
        `(batch, 2, side, side, 3)` in `[0, 255]`. Call `penalize()` after the first
        epoch to start the penalty.

        Args:
            content: A frozen model from crops to shares of classes `(n, k)`; `None` for
                no penalty on content.
            predictor_width: Width of the predictor's hidden layer.
            penalty: Factor of the mutual information of features and content.
            penalty_unit: See `tfiqa.trainers.ContentSeparation`.
            likelihood: Loss of the estimator: `"contrastive"` or `"log"`.
            pairing: Pairing of features and content: `"aligned"`, or `"released"` for
                the pairs of the authors' code, most of which mix different images.
            estimator_mean: `"linear"`, or `"softmax"` for an estimator whose means are
                shares, as the content is, so that it cannot exaggerate without limit.
            micro_batch: See `tfiqa.trainers.ContentSeparation`.
        """
        return build_trainer(
            self.encoder(),
            content,
            predictor_width=predictor_width,
            penalty=penalty,
            penalty_unit=penalty_unit,
            likelihood=likelihood,
            pairing=pairing,
            estimator_mean=estimator_mean,
            micro_batch=micro_batch,
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
            scoring: How images are compared; `None` for the paper's settings.
            dataset: Name of the images, for the metadata.

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
