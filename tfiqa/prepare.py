"""Prepares a dataset from its published files, or generates it.

python -m tfiqa.prepare NAME [--manual_dir DIR] [--data_dir DIR] [--overwrite]
python -m tfiqa.prepare mos_folder --name MINE --manual_dir DIR
python -m tfiqa.prepare --check NAME --manual_dir DIR

NAME is a folder of `datasets/`, such as biq2021, koniq10k or mos_folder, with the
configuration behind a slash where there are several. What to put into --manual_dir is
told when it is missing. A dataset that is there is kept, unless its source has changed:
that is an error, and --overwrite builds it again. --name tells folders of your own
apart; such a one is called mos_folder/MINE from then on. --check tells what is wrong
with a download, and builds nothing.

Exit status: 0 prepared, or nothing wrong; 1 not prepared, or something wrong; 2 wrong
usage.
"""

import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.data.builders import names
from tfiqa.data.check import check_source
from tfiqa.data.prepared import is_prepared
from tfiqa.data.prepared import prepare


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("manual_dir", None, "Where the published files are.")
    flags.DEFINE_string(
        "data_dir", None, "Where to write; the default of TensorFlow Datasets if unset."
    )
    flags.DEFINE_bool("overwrite", False, "Whether to build again what is there.")
    flags.DEFINE_string("name", None, "What to call a folder of your own.")
    flags.DEFINE_bool("check", False, "Whether to tell only what is wrong.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) != 2:
        raise app.UsageError(
            f"One NAME of {names()} is expected. Received: {argv[1:]}", exitcode=2
        )
    name = argv[1] if given.name is None else f"{argv[1]}/{given.name}"
    try:
        return _check(name) if given.check else _prepare(name)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1


def _check(name: str) -> int:
    folder = flags.FLAGS.manual_dir
    if folder is None:
        raise ValueError("--manual_dir is expected, to check what is there")
    faults = check_source(name, manual_dir=folder)
    for fault in faults:
        print(fault)
    if not faults:
        print(f"Nothing is wrong with {folder}")
    return 1 if faults else 0


def _prepare(name: str) -> int:
    given = flags.FLAGS
    kept = is_prepared(name, data_dir=given.data_dir) and not given.overwrite
    builder = prepare(
        name,
        data_dir=given.data_dir,
        manual_dir=given.manual_dir,
        overwrite=given.overwrite,
    )
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
