"""Scores of scenes, of their distorted versions and of harmless changes."""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.distortions import WATERLOO
from tfiqa.distortions.harmless import CHANGES
from tfiqa.distortions.ladders import ORDERED
from tfiqa.distortions.ladders import stretched
from tfiqa.distortions.ladders import versions
from tfiqa.evaluation.pristine_versions import FULL_REFERENCE
from tfiqa.evaluation.pristine_versions import VersionScores

Predict = Callable[[np.ndarray], float]


@dataclasses.dataclass(frozen=True)
class Scores:
    """Scores of every version of every scene, NaN where there is none.

    Attributes:
        pristine: `(scenes,)`.
        bank: `(scenes, types, 5)`, by type, in the order of `ORDERED`, and level.
        waterloo: `(scenes, 4, 5)`, by type, in the order of `WATERLOO`, and level.
        changed: `(scenes,)` by the name of a harmless change.
        full_reference: Scores of the Waterloo versions by full-reference measure.
    """

    pristine: np.ndarray
    bank: np.ndarray
    waterloo: np.ndarray
    changed: dict[str, np.ndarray]
    full_reference: dict[str, VersionScores]


def measure(
    predict: Predict,
    scenes: Iterable[np.ndarray],
    *,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> Scores:
    """Returns the scores of scenes and of all their versions.

    The bank of KADID-10k stretches images to the full range. Each scene is stretched
    once before, so that a scene and its versions differ by the distortion alone.

    Args:
        predict: Function from uint8 `(height, width, 3)` to a score, NaN for none.
        scenes: uint8 `(height, width, 3)` without distortions, sides of 176 pixels or
            more.
        seed: Seed of random distortions.
        progress: Called with the number of scenes done after each.

    Raises:
        ValueError: If there are no scenes, or one is too small.
    """
    rows = []
    for index, scene in enumerate(scenes):
        rows.append(scene_row(predict, scene, (seed, index)))
        progress(index + 1)
    if not rows:
        raise ValueError("Scenes without distortions are expected. Received: none")
    return stacked(rows)


def scene_row(
    predict: Predict, scene: np.ndarray, seed: tuple[int, int]
) -> dict[str, Any]:
    """Returns all scores of one scene, by the names of `Scores`, ready for JSON.

    Args:
        predict: See `measure`.
        scene: uint8 `(height, width, 3)`.
        seed: Seed of random distortions, and the index of the scene.
    """
    scene = stretched(scene)
    waterloo = [versions(scene, name, seed, WATERLOO) for name in WATERLOO]
    return {
        "pristine": predict(scene),
        "bank": [
            [predict(version) for version in versions(scene, name, seed)]
            for name in ORDERED
        ],
        "waterloo": [[predict(one) for one in levels] for levels in waterloo],
        "changed": {name: predict(f(scene, seed)) for name, f in CHANGES.items()},
        "full_reference": {
            name: [[value(scene, one) for one in levels] for levels in waterloo]
            for name, (value, _) in FULL_REFERENCE.items()
        },
    }


def stacked(rows: Sequence[Mapping[str, Any]]) -> Scores:
    """Returns the scores of all scenes, from the rows of `scene_row`."""

    def column(name: str, key: str | None = None) -> np.ndarray:
        values = [row[name] if key is None else row[name][key] for row in rows]
        return np.array(values, np.float64)

    return Scores(
        pristine=column("pristine"),
        bank=column("bank"),
        waterloo=column("waterloo"),
        changed={name: column("changed", name) for name in CHANGES},
        full_reference={
            name: VersionScores(
                np.full(len(rows), perfect), column("full_reference", name)
            )
            for name, (_, perfect) in FULL_REFERENCE.items()
        },
    )
