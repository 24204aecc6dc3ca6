"""Features of photographs brought to one scale, as the scorer does it too."""

import dataclasses

import numpy as np

_BLOCK = 2000


@dataclasses.dataclass(frozen=True)
class Standardization:
    """Brings features to mean 0 and deviation 1, and cuts off what lies far out.

    Attributes:
        mean: Of each feature over photographs, `(d,)`.
        deviation: Of each feature over photographs, `(d,)`.
        limit: Deviations beyond which features are cut off.
    """

    mean: np.ndarray
    deviation: np.ndarray
    limit: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns what `StandardizedDense` sees of features, float32 `(n, d)`."""
        varies = self.deviation > 1e-6
        factor = np.where(varies, 1.0 / np.where(varies, self.deviation, 1.0), 0.0)
        factor = factor.astype(np.float32)
        standard = np.empty(features.shape, np.float32)
        for first in range(0, len(features), _BLOCK):  # Copies of all take room.
            rows = slice(first, first + _BLOCK)
            scaled = (features[rows] - self.mean) * factor
            np.clip(scaled, -self.limit, self.limit, out=standard[rows])
        return standard


def standardization(photographs: np.ndarray, *, limit: float) -> Standardization:
    """Returns the standardization by photographs, float32 `(n, d)`.

    Versions of scenes do not count: they lie so far out that what sets photographs
    apart would become small beside them.
    """
    mean = photographs.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = photographs.std(axis=0, dtype=np.float64).astype(np.float32)
    return Standardization(mean, deviation, limit)
