"""The D-test: whether one threshold tells pristine from distorted pictures.

Reference: Ma et al., "Waterloo Exploration Database: new challenges for image quality
assessment models", TIP 2017, section IV-A.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics


@dataclasses.dataclass(frozen=True)
class DTest:
    """What the best threshold does.

    Attributes:
        value: Half the share of the pristine pictures above it plus half that of the
            distorted ones below, 0.5 (chance) to 1.
        threshold: The score that does it; infinite where none helps.
        pristine: Pristine pictures with a score.
        distorted: Distorted pictures with a score.
        missing: Pictures without one, which are left out.
    """

    value: float
    threshold: float
    pristine: int
    distorted: int
    missing: int


def d_test(pristine: ArrayLike, distorted: ArrayLike) -> DTest:
    """Returns the result of the D-test.

    Args:
        pristine: Scores of pristine pictures, any shape, higher is better, NaN where
            there is none.
        distorted: Scores of distorted pictures.

    Raises:
        ValueError: If one of them has no score at all.
    """
    (good,), _, lost_good = metrics.complete(pristine=np.ravel(pristine))
    (bad,), _, lost_bad = metrics.complete(distorted=np.ravel(distorted))
    if not len(good) or not len(bad):
        raise ValueError(
            "Scores of pristine and of distorted pictures are expected. "
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
        missing=lost_good + lost_bad,
    )
