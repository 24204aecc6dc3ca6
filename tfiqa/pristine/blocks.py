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
        features: From images, `keras.Input` of `(height, width, 3)`, to patches
            `(batch, rows, columns, d + 1)` whose last number is their sharpness.
        images: Pristine images, uint8 `(height, width, 3)` each.
        dataset: What the images are called, for messages.
        sharpest: Patches are kept if they are sharper than this share of the sharpest
            of their image, and if nothing about them is infinite.
        min_side: Images with a shorter side are left out.

    Raises:
        UnfitImages: If there are none.
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
    print(f"{count} sharp patches of {len(kept)} pictures, {small} too small")
    if not count:
        raise UnfitImages(
            f"Pictures that are not flat, {min_side} pixels wide and high or more, are "
            f"expected. Received: {dataset}, {len(kept) + small} pictures, without any"
        )
    return np.concatenate(kept)


def statistics(patches: np.ndarray, *, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean `(d,)` and covariance `(d, d)` of the patches without NaN.

    Raises:
        UnfitImages: If there are not more than `least` of them.
    """
    whole = patches[~np.isnan(patches).any(axis=1)]
    if len(whole) <= least:
        raise UnfitImages(
            f"More sharp patches than the {least} features are expected, for a "
            f"covariance of full rank: more pictures, or larger ones. Received: "
            f"{len(whole)} patches"
        )
    return np.nanmean(patches, axis=0), np.cov(whole.T)


def whitening(covariance: np.ndarray) -> np.ndarray:
    """Returns `W`, `(d, d)`, with `W W'` the inverse of the covariance.

    Raises:
        UnfitImages: If the covariance is not of full rank.
    """
    try:
        root = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        raise UnfitImages(
            "A covariance of full rank is expected, of patches that differ in all "
            f"features. Received: one of {np.linalg.matrix_rank(covariance)} "
            f"of {len(covariance)} dimensions"
        ) from error
    return solve_triangular(root, np.eye(len(root)), lower=True).T


def taken(
    arrays: Arrays, shapes: Mapping[str, tuple[int | str, ...]], *, method: str
) -> list[np.ndarray]:
    """Returns the arrays named in `shapes`, float64, in that order.

    Sides that are letters may be of any length, the same wherever the letter is.

    Raises:
        ValueError: If one is missing, not finite or of another shape.
    """
    lengths: dict[str, int] = {}
    for name, shape in shapes.items():
        given = arrays.get(name)
        if given is None or not (
            _has_shape(given, shape, lengths) and np.isfinite(given).all()
        ):
            found = ", ".join(f"{n} {a.shape}" for n, a in arrays.items())
            expected = (f"{n} ({', '.join(map(str, s))})" for n, s in shapes.items())
            raise ValueError(
                f"The published statistics of {method} are expected: "
                f"{', '.join(expected)}. Received: {found or 'no arrays'}"
            )
    return [np.asarray(arrays[name], np.float64) for name in shapes]


def _has_shape(
    array: np.ndarray, shape: tuple[int | str, ...], lengths: dict[str, int]
) -> bool:
    """Returns whether an array has a shape; `lengths` learns what its letters are."""
    return array.ndim == len(shape) and all(
        found == (lengths.setdefault(side, found) if isinstance(side, str) else side)
        and found > 0
        for found, side in zip(array.shape, shape, strict=True)
    )
