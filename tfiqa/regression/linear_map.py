"""A fitted linear regression, and the scaling of features for one."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class LinearMap:
    """From features `(n, d)` to MOS: `features @ weights + bias`."""

    weights: np.ndarray
    bias: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return features @ self.weights + self.bias


def mean_and_scale(
    features: np.ndarray, *, standardized: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Returns what is subtracted from features, and what they are then divided by.

    Both are float64 `(d,)`. The first is the mean. The second is the deviation, or 1 if
    that is zero or features are not `standardized`.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    if not standardized:
        return mean, np.ones_like(mean)
    std = np.zeros_like(mean)
    for start in range(0, len(mean), 512):  # A few columns at a time save memory.
        columns = slice(start, start + 512)
        std[columns] = features[:, columns].std(axis=0, dtype=np.float64)
    # Variation below single precision counts as constant.
    return mean, np.where(std > 1e-9 * np.abs(mean), std, 1.0)


def scaled(rows: np.ndarray, mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Returns rows minus `mean`, divided by `std`, in double precision."""
    scaled = rows.astype(np.float64)  # Ill-conditioned in single precision.
    scaled -= mean
    scaled /= std
    return scaled
