"""What is asked of a scorer, and what it answers: requests and rows."""

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `--help` costs no Keras.
    import keras

PathLike = str | os.PathLike[str]

# What is done with colour profiles.
ICC = ("srgb", "ignore")
# The preset that scores where no scorer is named.
DEFAULT = "photo"


@dataclass(frozen=True)
class ScoringRequest:
    """Pictures to score, and how; see `score_files`.

    Attributes:
        paths: A picture, a folder (all pictures below it, sorted), or any number of
            these.
        model: A `.keras` or `.tflite` file, the name of a preset, or a loaded scorer.
        reference: For scorers that compare a picture with its reference: one picture,
            the reference of all, or a folder where each reference has the name of its
            picture, whatever the suffix.
        intervals: Whether rows have `low` and `high`; for calibrated scorers.
        explain: Whether rows have `distortion`, `distortion_group` and `probability`;
            for scorers with a recognizer beside them.
        coverage: `"grid"` or `"full"`, the crops to score; as trained when None. A
            loaded scorer keeps it.
        map_folder: Folder to draw maps of quality into, for scorers that compare
            patches.
        read_ahead: Most pictures that are read and decoded before they are scored, 1 or
            more. No score depends on it.
        tolerate_truncation: Whether JPEG files are scored of which only the end is
            missing; the notes of a row tell which.
        icc: `"srgb"` converts colours with a profile to sRGB, as viewers show them;
            `"ignore"` takes them as they are, as databases and papers do.
        isolate: Whether images are decoded in child processes with limits of time and
            memory; see `data.isolated`. No score depends on it.
        runtime: What computes: `"keras"` runs every scorer, `"litert"` the preset
            `photo` and `.tflite` files, `"numpy"` the preset `niqe`; `"auto"` takes the
            one that starts soonest.
    """

    paths: PathLike | Iterable[PathLike]
    model: "PathLike | keras.Model" = DEFAULT
    reference: PathLike | None = None
    intervals: bool = False
    explain: bool = False
    coverage: str | None = None
    map_folder: PathLike | None = None
    read_ahead: int = 16
    tolerate_truncation: bool = False
    icc: str = "srgb"
    isolate: bool = False
    runtime: str = "auto"


def needs_keras(request: ScoringRequest) -> bool:
    """Returns whether the request needs the Keras model of the scorer."""
    parts = (request.reference, request.coverage, request.map_folder)
    return request.explain or any(part is not None for part in parts)


@dataclass(frozen=True)
class ScoreRow:
    """The result of one picture; what is not known is None.

    Attributes:
        path: The picture, as it was asked for.
        score: In the units of the MOS that the scorer was trained on, higher is better;
            None unless `status` is `"ok"`.
        status: One of `scoring.STATUSES`.
        width: In pixels.
        height: In pixels.
        covered: Share of the pixels that the scorer used.
        reason: Why there is no score; empty where there is one.
        low: Lower end of the interval of the score, if intervals were asked for.
        high: Upper end.
        notes: What was done to read the picture, separated by semicolons; empty if
            nothing unusual.
        distortion: What is wrong with the picture, if explanations were asked for; see
            `explanations.Explanation`. None if they were not.
        distortion_group: The group of that type.
        probability: Of the type, or of the group where there is no type.
        word: One of `quality_words.WORDS` for a score of a calibrated scorer, from 0 to
            100; `""` for a picture without a score, None for other scorers.
        runtime: What computed: `"keras"`, `"litert"` or `"numpy"`.
    """

    path: str
    score: float | None
    status: str
    width: int | None = None
    height: int | None = None
    covered: float | None = None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    notes: str = ""
    word: str | None = None
    distortion: str | None = None
    distortion_group: str | None = None
    probability: float | None = None
    runtime: str | None = None


class ArgumentError(ValueError):
    """A field of a request does not fit; `argument` is its name."""

    def __init__(self, argument: str, message: str):
        super().__init__(message)
        self.argument = argument


@contextlib.contextmanager
def argument(name: str) -> Iterator[None]:
    """Names the argument that an error is about."""
    try:
        yield
    except (OSError, TypeError, ValueError) as error:
        raise ArgumentError(name, str(error)) from error
