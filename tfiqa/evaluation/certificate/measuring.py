"""Measures all marks of a scorer."""

import dataclasses
import math
import time
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import keras
import numpy as np

from tfiqa.evaluation.behaviour import behaviour
from tfiqa.evaluation.behaviour_material import Scores
from tfiqa.evaluation.certificate import attack
from tfiqa.evaluation.certificate import invariances
from tfiqa.evaluation.certificate import origin
from tfiqa.evaluation.certificate import traps
from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.bands import Mark
from tfiqa.evaluation.certificate.material import SIZE
from tfiqa.evaluation.certificate.material import safely
from tfiqa.evaluation.pristine_versions import distorted
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor

# Harmless changes of `behaviour`, by the names of their checks.
_CHANGES = {
    "flip": "flip",
    "re-encoding": "JPEG quality 95",
    "faint noise": "noise of one level",
    "half size": "half size",
}
# Sides of the image that measures speed, and repetitions.
_LARGE = (960, 1280)
_REPEATS = 2
# Level of JPEG at which an attack begins, and the number of images attacked.
_ATTACKED_LEVEL = 4
_ATTACKS = 3


@dataclasses.dataclass(frozen=True)
class Subject:
    """A scorer to certify.

    Attributes:
        name: Its file, or the name of a preset.
        model: The scorer.
        card: Its card, Markdown; None if there is none.
        goldens: Scores of its reference implementation; see `origin.of_goldens`.
    """

    name: str
    model: keras.Model
    card: Path | None = None
    goldens: Path | None = None

    @property
    def range(self) -> tuple[float, float]:
        """Worst and best score."""
        worst, best = metadata(self.model)["mos_range"]
        return float(worst), float(best)

    @property
    def factor(self) -> float:
        """Points for one unit of the score."""
        worst, best = self.range
        return 100.0 / (best - worst)

    def predict(self, image: np.ndarray) -> float:
        """Returns the score of an image, uint8 `(height, width, 3)`."""
        return predictor(self.model)(image)


def marks_of(
    subject: Subject, scores: Scores, scenes: list[np.ndarray], seed: int = 0
) -> list[Mark]:
    """Returns the marks of a scorer, in the order of `CHECKS`.

    A check in which the scorer raises an error is bad.

    Args:
        subject: The scorer.
        scores: Its scores of all versions of the scenes; see `material.measured`.
        scenes: The scenes, uint8 `(height, width, 3)`.
        seed: Seed of traps and of random steps.
    """
    marks: dict[str, Mark] = {}
    for checks, measure in _measures(subject, scores, scenes, seed).items():
        try:
            found = {mark.check: mark for mark in measure()}
        except Exception as error:  # A scorer may raise anything.
            text = f"{type(error).__name__}: {error}".splitlines()[0]
            found = {name: Mark(name, note=text) for name in checks}
        marks |= found
    return [marks[name] for name in CHECKS]


def _measures(
    subject: Subject, scores: Scores, scenes: list[np.ndarray], seed: int
) -> Mapping[tuple[str, ...], Callable[[], list[Mark]]]:
    """Returns the functions that measure, each with the checks that it marks."""
    images = _of_one_size(scenes)
    alone = np.array([safely(subject.predict, image) for image in images])
    factor, predict = subject.factor, subject.predict
    behaviour_checks = (
        *("order of levels", "worst type", "severe above clean"),
        *("clean from distorted", "pairs", *_CHANGES),
    )
    return {
        behaviour_checks: lambda: _of_behaviour(scores, subject),
        ("batch",): lambda: [
            invariances.of_batches(subject.model, images, alone, factor)
        ],
        ("threads",): lambda: [invariances.of_threads(predict, images, alone, factor)],
        ("device",): lambda: [invariances.of_devices(subject.model, images, factor)],
        ("runtime",): lambda: [
            invariances.of_runtimes(subject.name, images, alone, factor)
        ],
        ("uniform", *traps.WORSE, *traps.BETTER): lambda: of_traps(
            predict, scores, factor, seed
        ),
        ("adversarial gain",): lambda: [of_attack(subject, scenes, seed)],
        ("goldens",): lambda: [origin.of_goldens(predict, subject.goldens, factor)],
        ("provenance",): lambda: [
            origin.of_provenance(metadata(subject.model), subject.card)
        ],
        ("speed",): lambda: [of_speed(predict, scenes[0])],
    }


def _of_behaviour(scores: Scores, subject: Subject) -> list[Mark]:
    result = behaviour(scores, mos_range=subject.range)
    summary, note = result.summary(), f"{result.scenes} scenes"
    if result.missing:
        note += f", {result.missing} without a score"
    worst = summary["l_bank_worst_type"]
    changes = []
    for name, change in _CHANGES.items():
        moved = result.changes[change]
        changes.append(Mark(name, moved.mean, f"shift {moved.shift:+.1f}"))
    return [
        Mark("order of levels", result.bank.value, note),
        Mark("worst type", summary["l_bank_worst"], worst),
        Mark("severe above clean", result.inverted, note),
        Mark("clean from distorted", result.discriminability.value, note),
        Mark("pairs", result.pairwise.value, f"{result.pairwise.scored:,} pairs"),
        *changes,
    ]


def of_traps(
    predict: Callable[[np.ndarray], float], scores: Scores, factor: float, seed: int
) -> list[Mark]:
    """Returns the marks of images that mislead measures of quality.

    Args:
        predict: Function from uint8 `(height, width, 3)` to a score.
        scores: Scores of scenes and of their versions, to compare with.
        factor: Points for one unit of the score.
        seed: Seed of the images.
    """
    uniform = [
        name
        for name, draw in traps.UNIFORM.items()
        if not math.isnan(predict(draw(SIZE, seed)))
    ]
    marks = [Mark("uniform", len(uniform), ", ".join(uniform))]
    clean = float(np.nanmedian(scores.pristine))
    damaged = float(np.nanmedian(scores.waterloo[..., -1]))
    for group, compared in ((traps.WORSE, clean), (traps.BETTER, damaged)):
        for name, draw in group.items():
            score = predict(draw(SIZE, seed))
            refused = math.isnan(score)
            passed = refused and name in traps.WORSE
            value = factor * (score - compared)
            marks.append(Mark(name, value, "no score" * refused, passed=passed))
    return marks


def of_attack(subject: Subject, scenes: list[np.ndarray], seed: int) -> Mark:
    """Returns the mark of the mean rise of a score under attack."""
    gradient = attack.gradient_of(subject.model)
    if gradient is not None and not attack.has_gradient(gradient, scenes[0]):
        gradient = None
    gains = []
    for scene in scenes[:_ATTACKS]:
        image = distorted(scene, "jpeg", _ATTACKED_LEVEL, seed=seed)
        result = attack.attacked(subject.predict, image, gradient, seed=seed)
        gains.append(subject.predict(result) - subject.predict(image))
    way = "gradient" if gradient is not None else "random search, a lower bound"
    note = f"{way}; at most {subject.factor * np.nanmax(gains):.1f}"
    return Mark("adversarial gain", subject.factor * float(np.nanmean(gains)), note)


def of_speed(predict: Callable[[np.ndarray], float], scene: np.ndarray) -> Mark:
    """Returns the mark of the processor time for a large image, start excluded."""
    rows, columns = (-(-_LARGE[axis] // scene.shape[axis]) for axis in (0, 1))
    image = np.tile(scene, (rows, columns, 1))[: _LARGE[0], : _LARGE[1]]
    predict(image)
    seconds = []
    for _ in range(_REPEATS):
        started = time.process_time()
        predict(image)
        seconds.append(time.process_time() - started)
    megapixels = math.prod(_LARGE) / 1e6
    return Mark("speed", min(seconds) / megapixels, f"{_LARGE[1]} x {_LARGE[0]}")


def _of_one_size(scenes: list[np.ndarray]) -> list[np.ndarray]:
    """Returns corners of the scenes and their mirror images, all of one size."""
    height, width = np.min([SIZE, *(scene.shape[:2] for scene in scenes)], axis=0)
    corners = [np.ascontiguousarray(scene[:height, :width]) for scene in scenes]
    return [*corners, *(np.ascontiguousarray(one[:, ::-1]) for one in corners)]
