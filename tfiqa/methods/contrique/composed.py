"""Several distortions of one image, whose class is a set of types and levels.

The talk of CONTRIQUE's authors (2022) names multiple distortions as future work. How
they are drawn here is ours.
"""

import functools

import numpy as np

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image_in_sequence
from tfiqa.distortions.single import types_for_side
from tfiqa.distortions.unchanged import changing_levels
from tfiqa.methods.contrique.config import LEVELS
from tfiqa.methods.contrique.config import PRISTINE

# In place of further members of a set.
FILL = -1

Step = tuple[int, int]


def draw_steps(min_side: int, most: int, rng: np.random.Generator) -> tuple[Step, ...]:
    """Returns numbers of types and levels, in the order in which they are applied.

    There are 1 to `most` of them, equally often, each from another group of types.
    Without a step, the image stays pristine; this has the share that it has among the
    classes of single distortions, 1 of 122.

    Args:
        min_side: Shorter side of the image in pixels; some types need larger ones.
        most: The largest number.
        rng: Generator of all random choices.
    """
    levels = _levels_by_type(min_side)
    singles = sum(map(len, levels.values()))
    if rng.integers(singles + 1) == singles:
        return ()
    count = int(rng.integers(1, most + 1))
    weights = np.array([len(of_type) for of_type in levels.values()]) / singles
    order = rng.choice(np.array(list(levels)), len(levels), replace=False, p=weights)
    groups: dict[str, Step] = {}
    for number in order.tolist():
        step = number, int(rng.choice(levels[number]))
        groups.setdefault(_group(number), step)
    return tuple(groups.values())[:count]


def of_steps(
    image: np.ndarray, steps: tuple[Step, ...], rng: np.random.Generator
) -> np.ndarray:
    """Returns an image, uint8 `(height, width, 3)`, after all distortions."""
    if not steps:
        return image
    key = rng.integers(-(2**31), 2**31, 2).astype(np.int32)
    return distort_image_in_sequence(image, steps, key)


def label_of(steps: tuple[Step, ...], most: int) -> np.ndarray:
    """Returns the set of classes, int32 `(most,)`, filled with -1."""
    label = np.full(most, FILL, np.int32)
    classes = [LEVELS * (number - 1) + level - 1 for number, level in steps]
    label[: max(len(steps), 1)] = classes or PRISTINE
    return label


@functools.cache
def _levels_by_type(min_side: int) -> dict[int, list[int]]:
    """Returns the levels that change images, by the number of a type."""
    possible = types_for_side(min_side)
    levels: dict[int, list[int]] = {}
    for number, level in changing_levels(DISTORTIONS):
        if number in possible:
            levels.setdefault(number, []).append(level)
    return levels


@functools.cache
def _group(number: int) -> str:
    return next(row.group for row in DISTORTIONS.values() if row.number == number)
