"""Standardization of features by photographs, as `StandardizedDense` computes it."""

import dataclasses

import numpy as np

_BLOCK = 2000


@dataclasses.dataclass(frozen=True)
class Standardization:
    """Scales features to mean 0 and deviation 1, and clips outliers.

    Attributes:
        mean: Mean of each feature over photographs, `(d,)`.
        deviation: Standard deviation of each feature over photographs, `(d,)`.
        limit: Number of deviations at which features are clipped.
    """

    mean: np.ndarray
    deviation: np.ndarray
    limit: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns features as `StandardizedDense` scales them, float32 `(n, d)`."""
        is_varying = self.deviation > 1e-6
        factor = np.where(
            is_varying, 1.0 / np.where(is_varying, self.deviation, 1.0), 0.0
        )
        factor = factor.astype(np.float32)
        standard = np.empty(features.shape, np.float32)
        for first in range(0, len(features), _BLOCK):  # In blocks, to save memory.
            rows = slice(first, first + _BLOCK)
            scaled = (features[rows] - self.mean) * factor
            np.clip(scaled, -self.limit, self.limit, out=standard[rows])
        return standard


def standardization(photographs: np.ndarray, *, limit: float) -> Standardization:
    """Returns the standardization by photographs, float32 `(n, d)`.

    Distorted versions of scenes are excluded: their features lie so far out that the
    differences among photographs would become negligible.
    """
    mean = photographs.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = photographs.std(axis=0, dtype=np.float64).astype(np.float32)
    return Standardization(mean, deviation, limit)
