"""Which versions of a scene are made, how they are ordered, and the making of them.

What is made of a scene is a pure function of the recipe, the seed and the number of
the scene. So the tables of lists need no pixels, and features can come from disk.
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
# The side that every distortion can do with.
SMALLEST = max(row.min_side for row in DISTORTIONS.values())
# Seeds of types that are not ranked begin here, so that ranked ones keep theirs.
UNRANKED = 1 << 30
BANKS = {"bank": DISTORTIONS, "waterloo": WATERLOO}


@dataclasses.dataclass(frozen=True)
class Step:
    """One type at some levels, each of which makes a version.

    Attributes:
        bank: A key of `BANKS`.
        name: A type of that bank.
        levels: Rising, from 1 to 5.
        base: Row of the version that is distorted; 0 is the scene.
    """

    bank: str
    name: str
    levels: tuple[int, ...]
    base: int = 0


@dataclasses.dataclass(frozen=True)
class Plan:
    """The versions of one scene by their rows; row 0 is the scene itself.

    Attributes:
        steps: Make rows from 1 on, one for each level. The last of them are in no list;
            they are there to be recognized.
        lists: Rows that are ordered, `(lists, length)`.
        levels: Of these rows; 0 for the scene, -1 where a list is shorter.
        waterloo: Rows under the types of Waterloo.
        harmless: Rows under the harmless changes, which come last.
        count: Of all rows.
        ranked: Steps that come first, whose rows are in lists.
    """

    steps: tuple[Step, ...]
    lists: np.ndarray
    levels: np.ndarray
    waterloo: np.ndarray
    harmless: np.ndarray
    count: int
    ranked: int


def plan(config: Config, seed: int, index: int) -> Plan:
    """Returns what is made of the scene of a number; all have equally many rows."""
    rng = np.random.default_rng((seed, index))
    steps, rows, number = [], [], 1
    types = config.trained_types()
    chances = np.array([_chance(name, config) for name in types])
    count = min(config.types, len(types))
    chosen = sorted(rng.choice(types, count, replace=False, p=chances / chances.sum()))
    names = [("bank", str(name)) for name in chosen]
    for bank, name in [*names, *(("waterloo", name) for name in WATERLOO)]:
        picked = 1 + np.sort(rng.choice(LEVELS, config.levels, replace=False))
        levels = tuple(picked.tolist())
        steps.append(Step(bank, name, levels))
        rows.append(list(range(number, number + len(levels))))
        number += len(levels)
    lists = [[0, *made] for made in rows]
    levels = [[0, *step.levels] for step in steps]
    waterloo = np.concatenate(rows[len(names) :])
    for _ in range(config.compositions):
        base = int(rng.integers(1, 1 + config.levels * len(names)))
        level = int(rng.integers(3, LEVELS + 1))
        steps.append(Step("bank", str(rng.choice(types)), (level,), base))
        lists.append([0, base, number])
        levels.append([0, 1, 2])
        number += 1
    ranked = len(steps)
    for name in config.unranked_types():
        steps.append(Step("bank", name, (int(rng.integers(1, LEVELS + 1)),)))
        number += 1
    count = number + len(CHANGES)
    return Plan(
        tuple(steps),
        _padded(lists, fill=0),
        _padded(levels, fill=-1),
        waterloo,
        np.arange(number, count),
        count,
        ranked,
    )


def make(
    scene: np.ndarray, plan: Plan, seed: int, index: int, *, side: int
) -> list[np.ndarray]:
    """Returns the versions of a scene, all uint8 `(height, width, 3)`, row by row.

    Args:
        scene: uint8, of any size.
        plan: Of `plan`, of the same seed and number.
        seed: Of what is random in distortions.
        index: Number of the scene.
        side: Longest side, which is cut from the middle.
    """
    made = [stretched(_middle(scene, side))]
    for number, step in enumerate(plan.steps):
        base, bank = made[step.base], BANKS[step.bank]
        key = (seed, _seed(plan, index, number))
        made += list(versions(base, step.name, key, bank, step.levels))
    made += [change(made[0], (seed, index)) for change in CHANGES.values()]
    return made


def tables(plans: list[Plan]) -> Iterator[tuple[Plan, int]]:
    """Yields each plan with the row of its scene among those of all scenes."""
    first = 0
    for one in plans:
        yield one, first
        first += one.count


def _seed(plan: Plan, index: int, number: int) -> int:
    """Returns the seed of a step of a scene, another one for each."""
    if number < plan.ranked:
        return index * plan.ranked + number
    return UNRANKED + index * (len(plan.steps) - plan.ranked) + number - plan.ranked


def _chance(name: str, config: Config) -> float:
    return config.emphasis_factor if name in config.emphasis else 1.0


def _middle(scene: np.ndarray, side: int) -> np.ndarray:
    """Returns the middle, continued by reflection where a distortion needs more."""
    top, left = (max(0, length - side) // 2 for length in scene.shape[:2])
    middle = scene[top : top + side, left : left + side]
    pads = [(0, max(0, SMALLEST - length)) for length in middle.shape[:2]]
    return np.pad(middle, [*pads, (0, 0)], mode="symmetric")


def _padded(lists: list[list[int]], *, fill: int) -> np.ndarray:
    length = max(map(len, lists))
    return np.array([one + [fill] * (length - len(one)) for one in lists])
