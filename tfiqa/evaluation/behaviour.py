"""Whether a scorer behaves: faithful to distortions, indifferent to harmless changes.

A battery for any scorer, on scenes without distortions: the L-test for every type of
the bank whose severity rises with its level; the D- and P-test on material in the
manner of Waterloo Exploration; how often the severest level of a type scores above the
scene itself; and how far scores move under changes that hardly anybody sees.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfiqa.distortions.ladders import ORDERED
from tfiqa.evaluation.behaviour_material import Scores
from tfiqa.evaluation.pristine_versions import VersionScores
from tfiqa.evaluation.protocols.waterloo import all_tests
from tfiqa.metrics.discriminability import DTest
from tfiqa.metrics.listwise import LTest
from tfiqa.metrics.listwise import l_test
from tfiqa.metrics.pairwise import PTest


@dataclasses.dataclass(frozen=True)
class Change:
    """How far a harmless change moves scores, on the scale from 0 to 100.

    Attributes:
        mean: Mean absolute difference.
        most: That of 19 of 20 scenes is at most this.
        shift: Mean difference, positive where the change raises scores.
    """

    mean: float
    most: float
    shift: float


@dataclasses.dataclass(frozen=True)
class Behaviour:
    """The results of the battery.

    Attributes:
        bank: L-test over the ordered types of the bank.
        waterloo: L-test over the types of Waterloo Exploration.
        discriminability: D-test of the scenes and their Waterloo versions.
        pairwise: P-test of the same.
        inverted: Share of pairs of scene and ordered type of the bank where level 5
            scores above the scene, 0 to 1, or ties with it.
        inverted_by_type: The same of each type.
        changes: By the name of the change.
        scenes: How many have a score.
        missing: Scenes without one.
    """

    bank: LTest
    waterloo: LTest
    discriminability: DTest
    pairwise: PTest
    inverted: float
    inverted_by_type: dict[str, float]
    changes: dict[str, Change]
    scenes: int
    missing: int

    def summary(self) -> dict[str, Any]:
        """Returns the main numbers, ready for JSON."""
        types = self.bank.by_type
        worst = min(types, key=lambda name: np.nan_to_num(types[name], nan=-2.0))
        return {
            "scenes": self.scenes,
            "l_bank": self.bank.value,
            "l_bank_worst": types[worst],
            "l_bank_worst_type": worst,
            "l_waterloo": self.waterloo.value,
            "d_waterloo": self.discriminability.value,
            "p_waterloo": self.pairwise.value,
            "level_5_above_scene": self.inverted,
            "changes": {name: one.mean for name, one in self.changes.items()},
        }


def behaviour(scores: Scores, *, mos_range: tuple[float, float]) -> Behaviour:
    """Returns the results of the battery.

    Args:
        scores: Of `behaviour_material.measure`, higher is better.
        mos_range: Worst and best score of the scale, which become 0 and 100 where
            changes of scores are stated.

    Raises:
        ValueError: If the range is empty, or no scene has a score.
    """
    worst, best = mos_range
    if not worst < best:
        raise ValueError(
            "`mos_range` must be (worst, best) with worst < best. "
            f"Received: mos_range={mos_range}"
        )
    discriminability, waterloo, pairwise = all_tests(
        VersionScores(scores.pristine, scores.waterloo), scores.full_reference
    )
    inverted = inversions(scores.pristine, scores.bank[..., -1])
    scored = int(np.count_nonzero(~np.isnan(scores.pristine)))
    return Behaviour(
        bank=l_test(scores.bank, ORDERED),
        waterloo=waterloo,
        discriminability=discriminability,
        pairwise=pairwise,
        inverted=float(np.nanmean(inverted)),
        inverted_by_type={
            name: _mean(inverted[:, column]) for column, name in enumerate(ORDERED)
        },
        changes=_changes(scores.pristine, scores.changed, 100.0 / (best - worst)),
        scenes=scored,
        missing=len(scores.pristine) - scored,
    )


def inversions(pristine: np.ndarray, severest: np.ndarray) -> np.ndarray:
    """Returns where a version does not score below its scene.

    Args:
        pristine: `(scenes,)`, NaN where there is no score.
        severest: `(scenes, types)`.

    Returns:
        float64 `(scenes, types)`: 1 where it does not, 0 where it does, NaN where one
        of the two has no score.
    """
    known = ~np.isnan(severest) & ~np.isnan(pristine)[:, None]
    return np.where(known, severest >= pristine[:, None], np.nan)


def _changes(
    pristine: np.ndarray, changed: Mapping[str, np.ndarray], factor: float
) -> dict[str, Change]:
    found = {}
    for name, values in changed.items():
        steps = factor * (values - pristine)
        steps = steps[~np.isnan(steps)]
        sizes = np.abs(steps)
        most = float(np.quantile(sizes, 0.95)) if sizes.size else float("nan")
        found[name] = Change(_mean(sizes), most, _mean(steps))
    return found


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.mean(known)) if known.size else float("nan")
