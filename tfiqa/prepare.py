"""Prepares a dataset from its published files, or generates it.

python -m tfiqa.prepare NAME [--manual_dir DIR] [--data_dir DIR] [--overwrite]

NAME is a folder of `datasets/`, such as mos_folder, biq2021, koniq10k or clive. What to
put into --manual_dir is told when it is missing. A dataset that is there is kept,
unless its source has changed: that is an error, and --overwrite builds it again.

Exit status: 0 prepared, 1 not prepared, 2 wrong usage.
"""

import sys

from absl import app
from absl import flags

from tfiqa import command
from tfiqa.data.builders import names
from tfiqa.data.prepared import is_prepared
from tfiqa.data.prepared import prepare


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("manual_dir", None, "Where the published files are.")
    flags.DEFINE_string(
        "data_dir", None, "Where to write; the default of TensorFlow Datasets if unset."
    )
    flags.DEFINE_bool("overwrite", False, "Whether to build again what is there.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) != 2:
        raise app.UsageError(
            f"One NAME of {names()} is expected. Received: {argv[1:]}", exitcode=2
        )
    try:
        kept = is_prepared(argv[1], data_dir=given.data_dir) and not given.overwrite
        builder = prepare(
            argv[1],
            data_dir=given.data_dir,
            manual_dir=given.manual_dir,
            overwrite=given.overwrite,
        )
    except (OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    counts = {part: info.num_examples for part, info in builder.info.splits.items()}
    print(f"{'Already prepared' if kept else 'Prepared'}: {builder.data_dir}")
    print(f"{sum(counts.values()):,} pictures {counts}{_missing(builder, counts)}")
    return 0


def _missing(builder, counts: dict[str, int]) -> str:
    published = (builder.info.metadata or {}).get("published_pictures")
    if published in (None, sum(counts.values())):
        return ""
    return f", of {published:,} that are published"


if __name__ == "__main__":
    command.run(define_flags, main)
