"""The D-test: how well one threshold separates pristine from distorted images.

Reference: Ma et al., "Waterloo Exploration Database: new challenges for image quality
assessment models", TIP 2017, section IV-A.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics


@dataclasses.dataclass(frozen=True)
class DTest:
    """The result of the D-test.

    Attributes:
        value: Mean of the shares of pristine images above the best threshold and of
            distorted images below it, 0.5 (chance) to 1.
        threshold: The best threshold; infinite if none separates them.
        pristine: Number of pristine images with a score.
        distorted: Number of distorted images with a score.
        missing: Number of images without a score, which are skipped.
    """

    value: float
    threshold: float
    pristine: int
    distorted: int
    missing: int


def d_test(pristine: ArrayLike, distorted: ArrayLike) -> DTest:
    """Returns the result of the D-test.

    Args:
        pristine: Scores of pristine images, any shape, higher is better, NaN where
            missing.
        distorted: Scores of distorted images, likewise.

    Raises:
        ValueError: If either has no score at all.
    """
    (good,), _, missing_good = metrics.complete(pristine=np.ravel(pristine))
    (bad,), _, missing_bad = metrics.complete(distorted=np.ravel(distorted))
    if not len(good) or not len(bad):
        raise ValueError(
            "Scores of pristine and of distorted images are expected. "
            f"Received: {len(good)} and {len(bad)}"
        )
    scores = np.unique(np.concatenate([good, bad]))
    thresholds = np.concatenate([[-np.inf], (scores[:-1] + scores[1:]) / 2, [np.inf]])
    above = 1 - np.searchsorted(np.sort(good), thresholds, side="left") / len(good)
    below = np.searchsorted(np.sort(bad), thresholds, side="left") / len(bad)
    shares = (above + below) / 2
    best = int(np.argmax(shares))
    return DTest(
        value=float(shares[best]),
        threshold=float(thresholds[best]),
        pristine=len(good),
        distorted=len(bad),
        missing=missing_good + missing_bad,
    )
