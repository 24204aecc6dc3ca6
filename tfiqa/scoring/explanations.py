"""What is wrong with a picture: the distortion that a recognizer finds in it."""

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
from tfiqa.scoring.serialization import PRESETS
from tfiqa.scoring.serialization import load_model

# Recognizers lie here, beside the files of their scorers and under the same name.
FOLDER = "explanations"

# Nothing is said that is less probable.
ENOUGH = 0.5


@dataclasses.dataclass(frozen=True)
class Explanation:
    """What a recognizer says of a picture.

    Attributes:
        distortion: A type of `tfiqa.distortions.DISTORTIONS`; `"none"` where there is
            none to speak of; `""` where the type cannot be known.
        group: The group of that type, such as `"blur"`; `"none"`; `""` where not even
            that can be known.
        probability: Of the type, or of the group where there is no type; None where
            there is neither. It is calibrated on scenes that were distorted once or
            twice by known types.
    """

    distortion: str = ""
    group: str = ""
    probability: float | None = None


def explanation_of(
    chances: np.ndarray, names: Sequence[str], groups: Sequence[str]
) -> Explanation:
    """Returns what probabilities allow to say.

    Args:
        chances: Of the kinds, `(kinds,)`, sum 1.
        names: Of the kinds.
        groups: Of the kinds.
    """
    by_group: dict[str, float] = {}
    for group, chance in zip(groups, chances, strict=True):
        by_group[group] = by_group.get(group, 0.0) + float(chance)
    group = max(by_group, key=lambda name: by_group[name])
    if group == UNKNOWN or by_group[group] < ENOUGH:
        return Explanation()
    if group == NONE:
        return Explanation(NONE, NONE, by_group[group])
    own = [c if g == group else 0.0 for c, g in zip(chances, groups, strict=True)]
    best = int(np.argmax(own))
    if own[best] < ENOUGH:
        return Explanation("", group, by_group[group])
    return Explanation(names[best], group, float(own[best]))


class Explained:
    """Scores a picture, and keeps what is wrong with it as `latest`.

    Both come from the same features.

    Args:
        scorer: A scorer with a layer `features`.
        recognizer: From these to the probabilities of a layer `Recognition`.

    Call arguments:
        picture: uint8 `(height, width, 3)`, any size.
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
        chances = recognizer(scorer.get_layer("features").output)
        self._read = reader(
            keras.Model(
                scorer.input, keras.ops.concatenate([scorer.output, chances], axis=-1)
            )
        )

    def __call__(self, picture: np.ndarray) -> float:
        score, *chances = self._read(picture)
        self.latest = explanation_of(np.array(chances), *self._kinds)
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
        path = Path(model)
        if not path.is_file():
            path = PRESETS / f"{model}.keras"
        path = recognizer_file(path)
    if path is None or not path.is_file():
        raise ValueError(
            "The file of a scorer, or the name of a preset, with its recognizer in the "
            f"folder `{FOLDER}` beside it is expected. Received: {model!r}"
        )
    return load_model(path, what="A recognizer")


def recognizer_file(scorer: Path) -> Path:
    """Returns where the recognizer of the scorer in a file lies."""
    return scorer.parent / FOLDER / scorer.name


def write_recognizer(recognizer: keras.Model, scorer: Path) -> Path:
    """Writes the recognizer of the scorer in a file; returns its path.

    Raises:
        OSError: If it cannot be written.
    """
    path = recognizer_file(scorer)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as written:
        recognizer.save(written)
    return path


def copy_recognizer(scorer: Path, other: Path) -> Path | None:
    """Gives a scorer in another file the recognizer of the first, if it has one.

    Raises:
        OSError: If it cannot be written.
    """
    known, wanted = recognizer_file(scorer), recognizer_file(other)
    if not known.is_file():
        return None
    wanted.parent.mkdir(parents=True, exist_ok=True)
    return write_bytes(wanted, known.read_bytes())
