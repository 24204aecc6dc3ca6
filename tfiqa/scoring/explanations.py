"""What is wrong with an image: the distortion that a recognizer finds in it."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.files.atomic import replacing
from tfiqa.files.atomic import write_bytes
from tfiqa.layers.recognition import NONE
from tfiqa.layers.recognition import UNKNOWN
from tfiqa.layers.recognition import Recognition
from tfiqa.scoring.scorer import reader
from tfiqa.scoring.serialization import load_model
from tfiqa.scoring.shipped import file_of

# Folder of recognizers beside the files of their scorers; file names are the same.
FOLDER = "explanations"

# Less probable distortions are not reported.
MIN_PROBABILITY = 0.5


@dataclasses.dataclass(frozen=True)
class Explanation:
    """The finding of a recognizer for an image.

    Attributes:
        distortion: A type of `tfiqa.distortions.DISTORTIONS`; `"none"` if the image has
            no noticeable distortion; `""` if the type is unknown.
        group: The group of that type, such as `"blur"`; `"none"`; `""` if the group is
            unknown too.
        probability: Probability of the type, or of the group if the type is unknown;
            None if both are. It is calibrated on scenes that were distorted once or
            twice by known types.
    """

    distortion: str = ""
    group: str = ""
    probability: float | None = None


def explanation_of(
    probabilities: np.ndarray, names: Sequence[str], groups: Sequence[str]
) -> Explanation:
    """Returns the explanation that probabilities justify.

    Args:
        probabilities: Probabilities of the kinds, `(kinds,)`; their sum is 1.
        names: Names of the kinds.
        groups: Groups of the kinds.
    """
    by_group: dict[str, float] = {}
    for group, probability in zip(groups, probabilities, strict=True):
        by_group[group] = by_group.get(group, 0.0) + float(probability)
    group = max(by_group, key=lambda name: by_group[name])
    if group == UNKNOWN or by_group[group] < MIN_PROBABILITY:
        return Explanation()
    if group == NONE:
        return Explanation(NONE, NONE, by_group[group])
    own = [p if g == group else 0.0 for p, g in zip(probabilities, groups, strict=True)]
    best = int(np.argmax(own))
    if own[best] < MIN_PROBABILITY:
        return Explanation("", group, by_group[group])
    return Explanation(names[best], group, float(own[best]))


class Explainer:
    """Scores an image, and keeps its explanation as `latest`.

    Both are computed from the same features.

    Args:
        scorer: A scorer with a layer `features`.
        recognizer: A model from these features to the probabilities of a layer
            `Recognition`.

    Call arguments:
        image: uint8 `(height, width, 3)`, any size.
    """

    def __init__(self, scorer: keras.Model, recognizer: keras.Model):
        kinds = recognizer.layers[-1]
        if not isinstance(kinds, Recognition):
            raise ValueError(
                "A recognizer, with probabilities of kinds, is expected. "
                f"Received: {recognizer.name!r}"
            )
        self.latest = Explanation()
        self._kinds = kinds.names, kinds.groups
        probabilities = recognizer(scorer.get_layer("features").output)
        self._read = reader(
            keras.Model(
                scorer.input,
                keras.ops.concatenate([scorer.output, probabilities], axis=-1),
            )
        )

    def __call__(self, image: np.ndarray) -> float:
        score, *probabilities = self._read(image)
        self.latest = explanation_of(np.array(probabilities), *self._kinds)
        return float(score)


def load_recognizer(model: object) -> keras.Model:
    """Returns the recognizer that belongs to a scorer.

    Args:
        model: The name of a preset, or the file of a scorer.

    Raises:
        ValueError: If it is neither, or has no recognizer.
    """
    path = None
    if isinstance(model, str | os.PathLike):
        path = recognizer_file(file_of(model))
    if path is None or not path.is_file():
        raise ValueError(
            "The file of a scorer, or the name of a preset, with its recognizer in the "
            f"folder `{FOLDER}` beside it is expected. Received: {model!r}"
        )
    return load_model(path, what="A recognizer")


def recognizer_file(scorer: Path) -> Path:
    """Returns the path of the recognizer for the file of a scorer."""
    return scorer.parent / FOLDER / scorer.name


def write_recognizer(recognizer: keras.Model, scorer: Path) -> Path:
    """Writes the recognizer for the file of a scorer; returns its path.

    Raises:
        OSError: If it cannot be written.
    """
    path = recognizer_file(scorer)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as written:
        recognizer.save(written)
    return path


def copy_recognizer(scorer: Path, other: Path) -> Path | None:
    """Copies the recognizer of a scorer for another file; returns its path.

    Returns None if the scorer has no recognizer.

    Raises:
        OSError: If it cannot be written.
    """
    source, target = recognizer_file(scorer), recognizer_file(other)
    if not source.is_file():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    return write_bytes(target, source.read_bytes())
