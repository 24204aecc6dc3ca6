"""The flags of scoring, and the request that they describe."""

from collections.abc import Sequence
from typing import Any

from absl import flags

from tfiqa.config.coverage import COVERAGES
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.runtimes.names import RUNTIMES
from tfiqa.scoring.shipped import list_presets

# Fields of a request whose flags have other names.
FLAGS_OF_FIELDS = {
    "intervals": "interval",
    "map_folder": "map",
    "read_ahead": "batch_size",
}


def define_flags() -> None:
    """Defines the flags of scoring."""
    flags.DEFINE_multi_string(
        "model",
        [DEFAULT],
        "The scorer: a `.keras` or `.tflite` file, or one of "
        f"{', '.join(list_presets())}. Repeat it as [NAME=]SCORER for more columns.",
    )
    flags.DEFINE_string(
        "reference", None, "The reference of all images, or a folder of references."
    )
    flags.DEFINE_bool("interval", False, "Add the interval of each score.")
    flags.DEFINE_bool("explain", False, "Add what is wrong with each image.")
    flags.DEFINE_string("map", None, "Folder to draw maps of quality into.")
    flags.DEFINE_string("output", None, "Where to write: a .csv or .jsonl file.")
    flags.DEFINE_bool("resume", False, "Continue from FILE.partial of --output.")
    flags.DEFINE_bool("overwrite", False, "Replace --output if it exists.")
    flags.DEFINE_string("shard", None, "Part of the images to score, such as 1/8.")
    flags.DEFINE_bool("follow_links", False, "Follow links to folders.")
    flags.DEFINE_bool("hidden", False, "Score hidden files, and those of the system.")
    flags.DEFINE_bool(
        "tolerate_truncation",
        False,
        "Score JPEG files that lack only their end marker; `notes` says so.",
    )
    flags.DEFINE_bool(
        "isolate", False, "Decode in child processes with limits on time and memory."
    )
    flags.DEFINE_enum(
        "icc",
        "srgb",
        ICC,
        "Colors with a profile: converted to sRGB, or used as stored.",
    )
    flags.DEFINE_enum(
        "coverage", None, COVERAGES, "Crops to score; as in training if unset."
    )
    flags.DEFINE_enum("runtime", "auto", RUNTIMES, "Runtime to use; see above.")
    flags.DEFINE_integer(
        "batch_size",
        16,
        "Number of rows between two flushes, and of images decoded ahead at most. No"
        " score depends on it.",
        lower_bound=1,
    )


def request_of(values: Any, model: Any, paths: Sequence[str]) -> ScoringRequest:
    """Returns the request that the flags describe.

    Args:
        values: The values of all flags of the command, as attributes.
        model: The first scorer.
        paths: The images.
    """
    return ScoringRequest(
        paths=paths,
        model=model,
        reference=values.reference,
        intervals=values.interval,
        explain=values.explain,
        coverage=values.coverage,
        map_folder=values.map,
        read_ahead=values.batch_size,
        tolerate_truncation=values.tolerate_truncation,
        icc=values.icc,
        isolate=values.isolate,
        runtime=values.runtime,
    )
