"""The levels of a distortion type as 8-bit images, each of which can be scored."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.dispatch import distort
from tfiqa.distortions.frame import stretch

LEVELS = (1, 2, 3, 4, 5)

# Types of the bank whose severity rises with the level.
ORDERED = tuple(name for name, row in DISTORTIONS.items() if row.ordered)


def stretched(scene: np.ndarray) -> np.ndarray:
    """Returns a scene stretched to 0 to 255, uint8 of the same shape."""
    return _rounded(stretch(tf.constant(scene[None])))[0]


def versions(
    scene: np.ndarray,
    name: str,
    seed: tuple[int, int],
    bank: Mapping[str, Distortion] = DISTORTIONS,
    levels: Sequence[int] = LEVELS,
) -> np.ndarray:
    """Returns a scene at levels of a type, uint8 `(levels, height, width, 3)`."""
    copies = np.repeat(scene[None], len(levels), axis=0)
    return _rounded(distort(copies, name, list(levels), seed, bank=bank))


def _rounded(images: Any) -> np.ndarray:
    return np.clip(np.rint(np.asarray(images)), 0, 255).astype(np.uint8)
