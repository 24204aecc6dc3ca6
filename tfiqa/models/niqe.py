"""NIQE: natural scene statistics, compared with those of pristine images."""

from collections.abc import Iterable

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import layers
from tfiqa.models.fitted import Fitted
from tfiqa.pristine import blocks

FEATURES = 36

# Nominal worst and best distance, for scores from 0 to 100.
NOMINAL = (15.0, 2.0)


@keras.saving.register_keras_serializable(package="tfiqa")
class NIQE(Fitted):
    """Describes images of any size by the natural scene statistics of their blocks.

    `fitted` returns the scorer that compares them with those of pristine images; no
    scores are needed, and nothing is trained by gradients. Computes in double
    precision: on JAX, start with `JAX_ENABLE_X64=1`.

    Args:
        size: Side of a block in pixels, even.
        sharpest: Pristine blocks are used if they are sharper than this share of the
            sharpest block of their image.
        exact_zeros: Whether rounding errors in flat areas become 0, so that scores of
            such images do not depend on the order of additions. The authors' code keeps
            them.

    Input:
        `(batch, height, width, 3)`, RGB in `[0, 255]`, of integer levels.

    Output:
        `(batch, 36)`, the mean over all blocks.

    Example:
        >>> scorer = NIQE().fitted(pristine_images)
        >>> scorer(images)  # Negative distances, (batch, 1).

    Reference:
        Mittal, Soundararajan & Bovik, "Making a completely blind image quality
        analyzer", IEEE Signal Processing Letters 2013.
    """

    def __init__(
        self,
        *,
        size: int = 96,
        sharpest: float = 0.75,
        exact_zeros: bool = True,
        name: str = "niqe_features",
        **kwargs,
    ):
        arguments = {"size": size, "sharpest": sharpest, "exact_zeros": exact_zeros}
        images = keras.Input((None, None, 3), name="images")
        patches = layers.NIQEFeatures(size, exact_zeros, name="patches")(images)
        features = layers.PatchAverage(name="features")(patches)
        super().__init__(images, features, arguments, name=name, **kwargs)

    def fitted(
        self, images: Iterable[np.ndarray], *, dataset: str = "pristine images"
    ) -> keras.Model:
        """Returns the scorer that compares images with pristine ones.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        negative distances `(batch, 1)`; `tfiqa.load_scorer` reads its file.

        Args:
            images: Pristine images, uint8 `(height, width, 3)` each.
            dataset: Name of the images, for the metadata.

        Raises:
            UnfitImages: A `ValueError`, if there are not more sharp blocks than
                features.
        """
        sharp = blocks.sharp_patches(
            layers.NIQEFeatures(
                self.arguments["size"],
                self.arguments["exact_zeros"],
                with_sharpness=True,
                name="patches",
            ),
            images,
            dataset=dataset,
            sharpest=self.arguments["sharpest"],
            min_side=self.arguments["size"],
        )
        mean, covariance = blocks.statistics(sharp, least=FEATURES)
        return self.compared_with(mean, covariance, dataset=dataset)

    def compared_with(
        self, mean: np.ndarray, covariance: np.ndarray, *, dataset: str
    ) -> keras.Model:
        """Returns the scorer that compares images with known statistics.

        Args:
            mean: Mean of the features of pristine blocks, `(36,)`.
            covariance: Their covariance, `(36, 36)`, of full rank.
            dataset: Name of the pristine images, for the metadata.
        """
        size = self.arguments["size"]
        distance = layers.NIQEDistance(FEATURES, name="distance")
        images = self.input
        quality = distance(self.get_layer("patches").output, self.output)
        distance.set_weights([mean, blocks.whitening(covariance)])
        metadata = {
            "method": "niqe",
            "dataset": dataset,
            "mos_range": [-NOMINAL[0], -NOMINAL[1]],
            "unit": "negative NIQE distance",
            "min_side": size,
            "version": __version__,
            "patch": {"size": size, "stride": size},
        }
        mos = layers.MOS(scale=-1.0, metadata=metadata)(quality, images)
        return layers.Scorer(images, mos, name="niqe")
