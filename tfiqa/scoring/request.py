"""Requests to score images, and the rows that result."""

import contextlib
import os
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `--help` does not import Keras.
    import keras

PathLike = str | os.PathLike[str]

# How color profiles are handled.
ICC = ("srgb", "ignore")
# The preset that scores if no scorer is named.
DEFAULT = "photo"


@dataclass(frozen=True)
class ScoringRequest:
    """Images to score, and how; see `score_files`.

    Attributes:
        paths: An image, a folder (all images below it, sorted), or any number of these.
        model: A `.keras` or `.tflite` file, the name of a preset, or a loaded scorer.
        reference: For full-reference scorers: one image, the reference of all, or a
            folder in which each reference has the name of its image, with any suffix.
        intervals: Whether rows have `low` and `high`; for calibrated scorers.
        explain: Whether rows have `distortion`, `distortion_group` and `probability`;
            for scorers with a recognizer beside them.
        coverage: `"grid"` or `"full"`, the crops to score; as in training when None.
            The setting of a loaded scorer changes permanently.
        map_folder: Folder for maps of quality; for the preset `photo` and scorers that
            compare patches.
        read_ahead: Maximum number of images that are read and decoded before they are
            scored, 1 or more. No score depends on it.
        tolerate_truncation: Whether JPEG files that lack only their end marker are
            scored; the notes of their rows say so.
        icc: `"srgb"` converts colors with a profile to sRGB, as viewers show them;
            `"ignore"` uses them as stored, as databases and papers do.
        isolate: Whether images are decoded in child processes with limits on time and
            memory; see `data.isolated`. No score depends on it.
        runtime: Runtime to use: `"keras"` runs every scorer, `"litert"` the preset
            `photo` and `.tflite` files, `"numpy"` the preset `niqe`; `"auto"` chooses
            the one that starts fastest.
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
    """The result for one image; unknown values are None.

    Attributes:
        path: Path of the image, as in the request.
        score: Score in the units of the MOS that the scorer was trained on, higher is
            better; None unless `status` is `"ok"`.
        status: One of `scoring.STATUSES`.
        width: Width in pixels.
        height: Height in pixels.
        covered: Share of the pixels that the scorer used.
        reason: Why the image has no score; empty if it has one.
        low: Lower end of the interval of the score, if intervals were requested.
        high: Upper end of the interval.
        notes: What was unusual about reading the image, separated by semicolons.
        distortion: What is wrong with the image; see `explanations.Explanation`. None
            unless explanations were requested.
        distortion_group: The group of that type.
        probability: Probability of the type, or of the group if the type is unknown.
        word: One of `quality_words.WORDS` for a score of a calibrated scorer, from 0 to
            100; `""` for an image without a score; None for other scorers.
        runtime: Runtime that computed the score: `"keras"`, `"litert"` or `"numpy"`.
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
    """A field of a request is invalid; `argument` is its name."""

    def __init__(self, argument: str, message: str):
        super().__init__(message)
        self.argument = argument


@contextlib.contextmanager
def argument(name: str) -> Iterator[None]:
    """Turns errors into `ArgumentError` with the name of an argument."""
    try:
        yield
    except (OSError, TypeError, ValueError) as error:
        raise ArgumentError(name, str(error)) from error
