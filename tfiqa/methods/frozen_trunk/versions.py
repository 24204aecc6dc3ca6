"""Plans and makes the versions of scenes, and says how they are ordered.

The versions of a scene depend only on the recipe, the seed and the index of the scene.
So plans need no pixels, and features can come from disk.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import WATERLOO
from tfiqa.distortions.harmless import CHANGES
from tfiqa.distortions.ladders import stretched
from tfiqa.distortions.ladders import versions
from tfiqa.methods.frozen_trunk.config import Config

LEVELS = 5
# The smallest side that every distortion accepts.
SMALLEST = max(row.min_side for row in DISTORTIONS.values())
# Seeds of types that are not ranked start here, so that those of ranked types stay.
UNRANKED = 1 << 30
BANKS = {"bank": DISTORTIONS, "waterloo": WATERLOO}


@dataclasses.dataclass(frozen=True)
class Step:
    """One type at some levels, each of which makes a version.

    Attributes:
        bank: A key of `BANKS`.
        name: A type of that bank.
        levels: Levels from 1 to 5, in ascending order.
        base: Row of the version that is distorted; 0 is the scene.
    """

    bank: str
    name: str
    levels: tuple[int, ...]
    base: int = 0


@dataclasses.dataclass(frozen=True)
class Plan:
    """The versions of one scene, by row; row 0 is the scene itself.

    Attributes:
        steps: Steps that make the rows from 1 on, one row per level. The rows of the
            last steps are in no list: they only train the recognizer.
        lists: Rows of ordered versions, `(lists, length)`.
        levels: Levels of these rows; 0 for the scene, -1 for padding.
        waterloo: Rows of versions by the types of Waterloo.
        harmless: Rows of the harmless changes, which come last.
        count: Number of rows.
        ranked: Number of steps whose rows are in lists; they come first.
    """

    steps: tuple[Step, ...]
    lists: np.ndarray
    levels: np.ndarray
    waterloo: np.ndarray
    harmless: np.ndarray
    count: int
    ranked: int


def plan(config: Config, seed: int, index: int) -> Plan:
    """Returns the plan of the scene `index`; all plans have equally many rows."""
    rng = np.random.default_rng((seed, index))
    steps, rows, next_row = [], [], 1
    types = config.trained_types()
    weights = np.array([_weight(name, config) for name in types])
    count = min(config.types, len(types))
    chosen = sorted(rng.choice(types, count, replace=False, p=weights / weights.sum()))
    names = [("bank", str(name)) for name in chosen]
    for bank, name in [*names, *(("waterloo", name) for name in WATERLOO)]:
        drawn = 1 + np.sort(rng.choice(LEVELS, config.levels, replace=False))
        levels = tuple(drawn.tolist())
        steps.append(Step(bank, name, levels))
        rows.append(list(range(next_row, next_row + len(levels))))
        next_row += len(levels)
    lists = [[0, *own_rows] for own_rows in rows]
    levels = [[0, *step.levels] for step in steps]
    waterloo = np.concatenate(rows[len(names) :])
    for _ in range(config.compositions):
        base = int(rng.integers(1, 1 + config.levels * len(names)))
        level = int(rng.integers(3, LEVELS + 1))
        steps.append(Step("bank", str(rng.choice(types)), (level,), base))
        lists.append([0, base, next_row])
        levels.append([0, 1, 2])
        next_row += 1
    ranked = len(steps)
    for name in config.unranked_types():
        steps.append(Step("bank", name, (int(rng.integers(1, LEVELS + 1)),)))
        next_row += 1
    count = next_row + len(CHANGES)
    return Plan(
        tuple(steps),
        _padded(lists, fill=0),
        _padded(levels, fill=-1),
        waterloo,
        np.arange(next_row, count),
        count,
        ranked,
    )


def make(
    scene: np.ndarray, plan: Plan, seed: int, index: int, *, side: int
) -> list[np.ndarray]:
    """Returns the versions of a scene, all uint8 `(height, width, 3)`, row by row.

    Args:
        scene: uint8, of any size.
        plan: The plan for the same seed and index.
        seed: Seed of random distortions.
        index: Index of the scene.
        side: Longest side; longer scenes are cropped to their middle.
    """
    images = [stretched(_center_crop(scene, side))]
    for step_index, step in enumerate(plan.steps):
        base, bank = images[step.base], BANKS[step.bank]
        key = (seed, _step_seed(plan, index, step_index))
        images += list(versions(base, step.name, key, bank, step.levels))
    images += [change(images[0], (seed, index)) for change in CHANGES.values()]
    return images


def tables(plans: list[Plan]) -> Iterator[tuple[Plan, int]]:
    """Yields each plan, and the row of its scene in the table of all scenes."""
    first = 0
    for scene_plan in plans:
        yield scene_plan, first
        first += scene_plan.count


def _step_seed(plan: Plan, index: int, step_index: int) -> int:
    """Returns the seed of a step of a scene; no two steps have the same."""
    if step_index < plan.ranked:
        return index * plan.ranked + step_index
    return UNRANKED + index * (len(plan.steps) - plan.ranked) + step_index - plan.ranked


def _weight(name: str, config: Config) -> float:
    return config.emphasis_factor if name in config.emphasis else 1.0


def _center_crop(scene: np.ndarray, side: int) -> np.ndarray:
    """Returns the middle, extended by reflection to the size that distortions need."""
    top, left = (max(0, length - side) // 2 for length in scene.shape[:2])
    crop = scene[top : top + side, left : left + side]
    pads = [(0, max(0, SMALLEST - length)) for length in crop.shape[:2]]
    return np.pad(crop, [*pads, (0, 0)], mode="symmetric")


def _padded(lists: list[list[int]], *, fill: int) -> np.ndarray:
    length = max(map(len, lists))
    return np.array([row + [fill] * (length - len(row)) for row in lists])
