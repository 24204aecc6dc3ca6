"""The anchors of distributions of quality."""

import numpy as np

_STEPS = 1000


def anchors_of(scores: np.ndarray, count: int, *, quantization: str) -> np.ndarray:
    """Returns the anchors, ascending, `(count,)`.

    Args:
        scores: Scores of the training images, scaled to `[0, 1]`, `(n,)`.
        count: Number of anchors.
        quantization: `"uniform"` for the middles of equal parts of `[0, 1]`,
            `"lloyd_max"` for anchors of least squared distance from the scores.
    """
    anchors = (np.arange(count) + 0.5) / count
    if quantization == "lloyd_max":
        anchors = _moved_to_means(scores, anchors)
    return anchors


def _moved_to_means(scores: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Returns anchors, each at the mean of the scores that are nearest to it.

    An anchor without scores remains where it is.
    """
    for _ in range(_STEPS):
        nearest = np.abs(scores[:, None] - anchors).argmin(axis=1)
        counts = np.bincount(nearest, minlength=len(anchors))
        sums = np.bincount(nearest, weights=scores, minlength=len(anchors))
        moved = np.where(counts > 0, sums / np.maximum(counts, 1), anchors)
        if np.array_equal(moved, anchors):
            break
        anchors = moved
    return anchors
