"""From thousands of features to fewer components, for faster learning."""

import dataclasses

import numpy as np
from sklearn.utils.extmath import randomized_svd

# Versions of each scene that the components are learned from.
_PER_SCENE = 32
_BLOCK = 2000


@dataclasses.dataclass(frozen=True)
class Reduction:
    """Standardizes features, cuts off what lies far out, and projects.

    Attributes:
        mean: Of each feature over photographs, `(d,)`.
        deviation: Of each feature over photographs, `(d,)`.
        kernel: float32 `(d, units)`.
        limit: Deviations beyond which features are cut off.
    """

    mean: np.ndarray
    deviation: np.ndarray
    kernel: np.ndarray
    limit: float

    @property
    def units(self) -> int:
        """The number of components."""
        return self.kernel.shape[1]

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Returns components, float32 `(n, units)`, of features `(n, d)`."""
        blocks = [
            standardized(features[first : first + _BLOCK], self) @ self.kernel
            for first in range(0, len(features), _BLOCK)
        ]
        return np.concatenate(blocks)


def standardized(features: np.ndarray, reduction: Reduction) -> np.ndarray:
    """Returns features as `StandardizedDense` standardizes them, float32 `(n, d)`."""
    varies = reduction.deviation > 1e-6
    factor = np.where(varies, 1.0 / np.where(varies, reduction.deviation, 1.0), 0.0)
    standard = (features - reduction.mean) * factor.astype(np.float32)
    return np.clip(standard, -reduction.limit, reduction.limit)


def reduce(
    photographs: np.ndarray,
    versions: np.ndarray,
    per_scene: int,
    *,
    components: int,
    limit: float,
    seed: int,
) -> Reduction:
    """Returns the reduction to principal components.

    They are those of photographs and, so that distortions show in them, of differences
    of versions from their scenes.

    Args:
        photographs: Features `(n, d)`, which features are standardized by.
        versions: Features `(scenes * per_scene, d)`, the scene first.
        per_scene: Rows of each scene.
        components: How many; as many as there can be where there are fewer.
        limit: See `Reduction`.
        seed: Of the versions looked at, and of the decomposition.
    """
    mean = photographs.mean(axis=0, dtype=np.float64).astype(np.float32)
    deviation = photographs.std(axis=0, dtype=np.float64).astype(np.float32)
    none = np.zeros((len(mean), 0), np.float32)
    scale = Reduction(mean, deviation, none, limit)
    rng = np.random.default_rng(seed)
    known = standardized(photographs, scale)
    rows = [known - known.mean(axis=0)]
    for first in range(0, len(versions), per_scene):
        scene = standardized(versions[first : first + per_scene], scale)
        picked = rng.permutation(len(scene))[:_PER_SCENE]
        rows.append(scene[picked] - scene[0])
    stacked = np.concatenate(rows)
    del rows, known
    count = min(components, *stacked.shape)
    _, _, axes = randomized_svd(stacked, count, n_iter=3, random_state=seed)
    return dataclasses.replace(scale, kernel=_scaled(axes, photographs, scale))


def _scaled(axes: np.ndarray, photographs: np.ndarray, scale: Reduction) -> np.ndarray:
    """Returns the axes as a kernel whose components have a mean square of 1."""
    kernel = np.ascontiguousarray(axes.T, np.float32)
    values = dataclasses.replace(scale, kernel=kernel)(photographs)
    size = np.sqrt(np.mean(np.square(values - values.mean(axis=0)), dtype=np.float64))
    return (kernel / max(size, 1e-12)).astype(np.float32)
