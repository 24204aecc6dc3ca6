"""Scores collections of any size on Apache Beam, and goes on after a kill.

python -m tfiqa.beam.score INPUT... --output FOLDER [--model SCORER]
    [--format parquet|csv|jsonl|tfrecord] [--keep CONDITION]
    [--runner RUNNER] [--workers N] ... [-- --OPTION_OF_BEAM=VALUE ...]

An INPUT is an image; a folder (all images below it); a pattern such as
'gs://bucket/**.jpg', in quotes; a list of paths (.txt, one per line); a TFRecord file
of examples or a Parquet file, with a column of encoded images; or a prepared dataset,
tfds:NAME[:SPLIT]. Files may be on any file system of Beam, whose extras bring them:
pip install 'apache-beam[gcp]'. --kind says how files are read if their suffixes do not.
SCORER is a `.keras` or `.tflite` file, the folder of a SavedModel, or a preset.

FOLDER receives `data/`, files of rows as `tfiqa.score` writes them, with the
fingerprint of the model; `manifests/`, which say which of these files count;
`report.json`, statuses and quantiles of the scores; and `_SUCCESS` once every input is
in exactly one of these files. `tfiqa.beam.read_published(FOLDER)` reads the rows. An
image that cannot be scored is a row with a status and the reason.

The work is divided into shards: files of records, shards of a dataset, or --shard_size
single images. A second start with the same inputs and settings processes only shards
that are not published, also after a kill. Nothing else is stored on the way.

--keep="score > 60" lists the images whose rows pass in `kept.txt`, which is a list of
paths for this command and others; docs/decisions.md describes conditions. It may be
changed without scoring again.

The default runner runs on this machine, in one process or in --workers; it needs no
network. Any other runner of Beam takes its options after `--`. docs/scale.md describes
machines, costs and a container for workers.

A shard that cannot be read is reported, all others are scored, the exit status is 3,
and the next start tries it again.

Exit status: 0 all images scored, 3 only some, 1 none, 2 wrong usage or a model that
does not load, 70 an internal error, 74 the output cannot be written, 130 interrupted,
143 terminated.
"""

from absl import flags

from tfiqa.beam import flags as beam_flags
from tfiqa.beam.settings import ScorerSettings
from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.config.coverage import COVERAGES
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.runtimes.names import RUNTIMES


def define_flags() -> None:
    """Defines the flags of this command."""
    beam_flags.define_flags()
    flags.DEFINE_string("model", DEFAULT, "The scorer.")
    flags.DEFINE_string("keep", None, "List the images that pass this condition.")
    flags.DEFINE_bool("interval", False, "Add the interval of each score.")
    flags.DEFINE_enum(
        "coverage", None, COVERAGES, "Crops to score; as in training if unset."
    )
    flags.DEFINE_enum(
        "icc", "srgb", ICC, "Colors with a profile: converted to sRGB, or as stored."
    )
    flags.DEFINE_bool(
        "tolerate_truncation", False, "Score JPEG files without their end marker."
    )
    flags.DEFINE_bool(
        "isolate", False, "Decode in child processes with limits on time and memory."
    )
    flags.DEFINE_enum("runtime", "auto", RUNTIMES, "Runtime to use; see tfiqa.score.")


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    settings = ScorerSettings(
        model=values.model,
        runtime=values.runtime,
        intervals=values.interval,
        coverage=values.coverage,
        icc=values.icc,
        tolerate_truncation=values.tolerate_truncation,
        isolate=values.isolate,
    )
    request = beam_flags.request_of(values, argv, settings, values.keep)
    with command.terminable():
        return beam_flags.ended(request)


if __name__ == "__main__":
    command.run(define_flags, main)
