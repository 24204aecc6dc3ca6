"""IL-NIQE: many more statistics than NIQE, and each block compared by itself."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import layers
from tfiqa.models.fitted import Fitted
from tfiqa.pristine import blocks

FEATURES = 468

# Nominal worst and best distance, for scores from 0 to 100.
NOMINAL = (100.0, 15.0)


@keras.saving.register_keras_serializable(package="tfiqa")
class ILNIQE(Fitted):
    """Describes images of any size by many natural scene statistics of their blocks.

    Images are resized to one size. `fitted` returns the scorer that compares normalized
    luminance, gradients, log-Gabor responses and color, reduced by their principal
    components, with those of pristine images; no scores are needed, and nothing is
    trained by gradients. Luminance, spectra and sums over blocks are computed in double
    precision: on JAX, start with `JAX_ENABLE_X64=1`.

    Args:
        side: Images are resized to this many rows and columns.
        size: Side of a block in pixels.
        sharpest: Pristine blocks are used if they are sharper than this share of the
            sharpest block of their image.
        kept: Share of the principal components that is kept.
        exact_zeros: See `NIQE`.

    Input:
        `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        `(batch, 468)`, the mean over all blocks.

    Raises:
        ValueError: If an image could not hold one block.

    Example:
        >>> scorer = ILNIQE().fitted(pristine_images)
        >>> scorer(images)  # Negative distances, (batch, 1).

    Reference:
        Zhang, Zhang & Bovik, "A feature-enriched completely blind image quality
        evaluator", IEEE Transactions on Image Processing 2015.
    """

    def __init__(
        self,
        *,
        side: int = 524,
        size: int = 84,
        sharpest: float = 0.78,
        kept: float = 0.92,
        exact_zeros: bool = True,
        name: str = "ilniqe_features",
        **kwargs,
    ):
        if side < size:
            raise ValueError(
                "`side` must be at least `size`, the side of one block. "
                f"Received: side={side}, size={size}"
            )
        arguments = {
            "side": side,
            "size": size,
            "sharpest": sharpest,
            "kept": kept,
            "exact_zeros": exact_zeros,
        }
        images = keras.Input((None, None, 3), name="images")
        patches = _patches(images, side=side, size=size, exact_zeros=exact_zeros)
        features = layers.PatchAverage(whole_patches=True, name="features")(patches)
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
        cut = {name: self.arguments[name] for name in ("side", "size", "exact_zeros")}
        sharp = blocks.sharp_patches(
            lambda inputs: _patches(inputs, with_sharpness=True, **cut),
            images,
            dataset=dataset,
            sharpest=self.arguments["sharpest"],
        )
        mean, covariance = blocks.statistics(sharp, least=FEATURES)
        variances, directions = np.linalg.eigh(covariance)
        kept = int(self.arguments["kept"] * FEATURES)
        variances, directions = variances[::-1][:kept], directions[:, ::-1][:, :kept]
        whitening = directions @ blocks.whitening(np.diag(variances))
        # Single precision halves the size; distances change by less than 0.01 %.
        return self.compared_with(mean, whitening, dtype="float32", dataset=dataset)

    def compared_with(
        self,
        center: np.ndarray,
        whitening: np.ndarray,
        *,
        dataset: str,
        dtype: str = "float64",
    ) -> keras.Model:
        """Returns the scorer that compares images with known statistics.

        Args:
            center: Mean of the features of pristine blocks, `(468,)`.
            whitening: `(468, d)`, from features to `d` components of variance 1.
            dataset: Name of the pristine images, for the metadata.
            dtype: Dtype in which both are stored.
        """
        size, side = self.arguments["size"], self.arguments["side"]
        distance = layers.ILNIQEDistance(whitening.shape[1], dtype, name="distance")
        images = self.input
        quality = distance(self.get_layer("patches").output, self.output)
        distance.set_weights([center, whitening])
        metadata = {
            "method": "ilniqe",
            "dataset": dataset,
            "mos_range": [-NOMINAL[0], -NOMINAL[1]],
            "unit": "negative IL-NIQE distance",
            "min_side": size,
            "version": __version__,
            "patch": {"size": size, "stride": size, "of": side},
        }
        mos = layers.MOS(scale=-1.0, metadata=metadata)(quality, images)
        return layers.Scorer(images, mos, name="ilniqe")


def _patches(images: Any, *, side: int, size: int, exact_zeros: bool, **options) -> Any:
    resized = layers.MatlabResize(side, side, name="resized")(images)
    features = layers.ILNIQEFeatures(size, exact_zeros, name="patches", **options)
    return features(resized)
