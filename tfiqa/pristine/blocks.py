"""Statistics of the sharp patches of pristine images."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from scipy.linalg import solve_triangular

from tfiqa.backbones.checkpoints import Arrays
from tfiqa.data.unfit import UnfitImages
from tfiqa.scoring.scorer import reader


def sharp_patches(
    features: Callable[[Any], Any],
    images: Iterable[np.ndarray],
    *,
    dataset: str,
    sharpest: float,
    min_side: int = 1,
) -> np.ndarray:
    """Returns the features of sharp patches, `(patches, d)`, float64.

    Args:
        features: Function from images, a `keras.Input` of `(height, width, 3)`, to
            patches `(batch, rows, columns, d + 1)`, the last value being the sharpness.
        images: Pristine images, uint8 `(height, width, 3)` each.
        dataset: Name of the images, for messages.
        sharpest: A patch is kept if its sharpness exceeds this share of that of the
            sharpest patch of its image, and if none of its features is infinite.
        min_side: Images with a shorter side are skipped.

    Raises:
        UnfitImages: If no patch is kept.
    """
    inputs = keras.Input((None, None, 3), name="images")
    read = reader(keras.Model(inputs, features(inputs)))
    kept: list[np.ndarray] = []
    small = 0
    for image in images:
        if min(image.shape[:2]) < min_side:
            small += 1
            continue
        patches = read(image)
        patches = patches.reshape(-1, patches.shape[-1]).astype(np.float64)
        sharp = patches[:, -1] > sharpest * patches[:, -1].max()
        kept.append(patches[sharp & ~np.isinf(patches).any(axis=1), :-1])
    count = sum(map(len, kept))
    print(f"{count} sharp patches of {len(kept)} images, {small} too small")
    if not count:
        raise UnfitImages(
            f"Images with structure and with sides of at least {min_side} pixels are "
            f"expected. Received: {dataset}, {len(kept) + small} other images"
        )
    return np.concatenate(kept)


def statistics(patches: np.ndarray, *, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean `(d,)` and covariance `(d, d)` of the patches without NaN.

    Raises:
        UnfitImages: If there are `least` or fewer of them.
    """
    complete = patches[~np.isnan(patches).any(axis=1)]
    if len(complete) <= least:
        raise UnfitImages(
            f"More sharp patches than the {least} features are expected. Use more or "
            f"larger images. Received: {len(complete)} patches"
        )
    return np.nanmean(patches, axis=0), np.cov(complete.T)


def whitening(covariance: np.ndarray) -> np.ndarray:
    """Returns `W`, `(d, d)`, where `W W'` is the inverse of the covariance.

    Raises:
        UnfitImages: If the covariance is not of full rank.
    """
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise UnfitImages(
            "A covariance of full rank is expected: patches must differ in all "
            f"features. Received: a covariance of rank "
            f"{np.linalg.matrix_rank(covariance)} with {len(covariance)} features"
        ) from error
    return solve_triangular(root, np.eye(len(root)), lower=True).T


def taken(
    arrays: Arrays, shapes: Mapping[str, tuple[int | str, ...]], *, method: str
) -> list[np.ndarray]:
    """Returns the arrays named in `shapes`, float64, in that order.

    A letter in a shape stands for any length, the same one wherever it occurs.

    Raises:
        ValueError: If an array is missing, not finite or of another shape.
    """
    lengths: dict[str, int] = {}
    for name, shape in shapes.items():
        array = arrays.get(name)
        if array is None or not (
            _has_shape(array, shape, lengths) and np.isfinite(array).all()
        ):
            received = ", ".join(f"{n} {a.shape}" for n, a in arrays.items())
            expected = (f"{n} ({', '.join(map(str, s))})" for n, s in shapes.items())
            raise ValueError(
                f"The published statistics of {method} are expected: "
                f"{', '.join(expected)}. Received: {received or 'no arrays'}"
            )
    return [np.asarray(arrays[name], np.float64) for name in shapes]


def _has_shape(
    array: np.ndarray, shape: tuple[int | str, ...], lengths: dict[str, int]
) -> bool:
    """Returns whether an array has a shape; adds the lengths of its letters."""
    return array.ndim == len(shape) and all(
        length == (lengths.setdefault(side, length) if isinstance(side, str) else side)
        and length > 0
        for length, side in zip(array.shape, shape, strict=True)
    )
