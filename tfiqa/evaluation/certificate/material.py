"""Scenes without distortions, and the scores of their distorted versions.

All scorers of a command see the same versions, each of which is made once.
"""

import math
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa import synthetic
from tfiqa.evaluation import behaviour_material
from tfiqa.evaluation.behaviour_material import Scores
from tfiqa.evaluation.pristine_versions import pristine_image
from tfiqa.evaluation.pristine_versions import pristine_images

# Rows and columns of generated scenes. Textures are made for sides of powers of two.
SIZE = (224, 256)
# Kinds of generated scenes, in turn.
KINDS = ("textured_leaves", "dead_leaves", "cel")

Predict = Callable[[np.ndarray], float]


def generated_scenes(count: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Yields generated scenes, uint8 `(224, 256, 3)`, of three kinds in turn."""
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        yield synthetic.make_image(kind, index, SIZE, seed=seed)


def scenes_of(folder: Path | None, count: int, seed: int) -> list[np.ndarray]:
    """Returns the first scenes of a folder, or generated ones.

    Raises:
        FileNotFoundError: If the folder has no images.
        ValueError: If an image is too small or does not decode.
    """
    if folder is None:
        return list(generated_scenes(count, seed))
    return [pristine_image(path) for path in pristine_images(folder)[:count]]


def measured(
    predicts: Sequence[Predict],
    scenes: Sequence[np.ndarray],
    *,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> list[Scores]:
    """Returns the scores of all versions of scenes, for each scorer.

    Args:
        predicts: Scorers: functions from uint8 `(height, width, 3)` to a score. Where
            one raises an error, its score is NaN.
        scenes: uint8 `(height, width, 3)`, sides of 176 pixels or more.
        seed: Seed of random distortions.
        progress: Called with the number of scenes done after each.
    """

    def predict_all(image: np.ndarray) -> list[float]:
        return [safely(predict, image) for predict in predicts]

    # Every score is a list with one entry for each scorer, on the last axis.
    together = behaviour_material.measure(
        predict_all,  # type: ignore[arg-type]
        scenes,
        seed=seed,
        progress=progress,
    )
    return [_of_scorer(together, number) for number in range(len(predicts))]


def safely(predict: Predict, image: np.ndarray) -> float:
    """Returns a score, NaN if the scorer raises an error."""
    try:
        return float(predict(image))
    except Exception:  # A scorer may raise anything; the certificate shows the gap.
        return math.nan


def _of_scorer(together: Scores, number: int) -> Scores:
    return Scores(
        pristine=together.pristine[..., number],
        bank=together.bank[..., number],
        waterloo=together.waterloo[..., number],
        changed={name: v[..., number] for name, v in together.changed.items()},
        full_reference=together.full_reference,
    )
