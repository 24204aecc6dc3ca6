"""Writes the features of collections of any size on Apache Beam.

python -m tfiqa.beam.features INPUT... --model ENCODER --output FOLDER
    [--format parquet|jsonl|tfrecord] [--runner RUNNER] [--workers N] ...
    [-- --OPTION_OF_BEAM=VALUE ...]

Inputs, FOLDER, runners and resuming are as in `tfiqa.beam.score`. ENCODER is as in
`tfiqa.features`: an `encoder.keras`, a scorer, whose layer `features` is used, or both
experts of Re-IQA as QUALITY.keras,CONTENT.keras. Rows have `path`, `status`, `width`,
`height`, `reason`, `notes`, `features`, float32, which is missing where the image
cannot be read, and `model`, the fingerprint of the encoder.

Exit status: 0 all images read, 3 only some, 1 none, 2 wrong usage or a model that does
not load, 70 an internal error, 74 the output cannot be written, 130 interrupted, 143
terminated.
"""

from absl import flags

from tfiqa.beam import flags as beam_flags
from tfiqa.beam.settings import FeatureSettings
from tfiqa.cli import command
from tfiqa.cli.status import Status

FORMATS = ("parquet", "jsonl", "tfrecord")


def define_flags() -> None:
    """Defines the flags of this command."""
    beam_flags.define_flags(FORMATS)
    flags.DEFINE_string(
        "model", None, "An encoder or a scorer, a `.keras` file; or QUALITY,CONTENT."
    )
    flags.mark_flag_as_required("model")


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    request = beam_flags.request_of(values, argv, FeatureSettings(values.model))
    with command.terminable():
        return beam_flags.ended(request)


if __name__ == "__main__":
    command.run(define_flags, main)
