"""The interface of all runtimes."""

import abc
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Ends = tuple[np.ndarray, np.ndarray]


class RuntimeUnavailableError(ValueError):
    """A runtime cannot run a model on this machine; Keras may be able to."""


class Runtime(abc.ABC):
    """Scores images with one scorer.

    Attributes:
        name: `"keras"`, `"litert"` or `"numpy"`.
        metadata: The metadata of the scorer; see `layers.MOS`.
        concurrent: Whether `predict` uses one core, so that one thread for each core
            is fastest.
    """

    name: str
    concurrent: bool = True
    metadata: dict[str, Any]

    @abc.abstractmethod
    def predict(self, image: np.ndarray) -> float:
        """Returns the score of an image, NaN for a flat one.

        It is thread-safe.

        Args:
            image: uint8 `(height, width, 3)`, RGB.
        """

    @property
    @abc.abstractmethod
    def is_calibrated(self) -> bool:
        """Whether scores are from 0 to 100 and have intervals."""

    @abc.abstractmethod
    def interval(self, scores: ArrayLike) -> Ends:
        """Returns the ends of the intervals of scores.

        Args:
            scores: Scores of any shape, in 0..100; NaN stays.

        Raises:
            ValueError: If the scorer is not calibrated.
        """

    def covered_share(self, height: int, width: int) -> float:
        """Returns the share of the pixels of an image that the scorer uses."""
        del height, width
        return 1.0


def interpolated_interval(
    scores: ArrayLike, knots: ArrayLike, widths: ArrayLike
) -> Ends:
    """Returns intervals within 0..100; see `layers.Calibration.interval`.

    Args:
        scores: Scores of any shape; NaN stays.
        knots: Scores, ascending.
        widths: Half widths of the interval at the knots, linear between them.
    """
    scores = np.asarray(scores, "float64")
    half = np.interp(scores, np.asarray(knots), np.asarray(widths))
    return np.maximum(scores - half, 0.0), np.minimum(scores + half, 100.0)


def no_intervals(name: str) -> ValueError:
    """Returns the error for a scorer without intervals."""
    return ValueError(
        f"A calibrated scorer is expected, which has intervals. Received: {name!r}"
    )
