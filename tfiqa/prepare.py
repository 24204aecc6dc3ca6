"""Prepares a dataset from its published files, or generates it.

python -m tfiqa.prepare NAME [--manual_dir DIR] [--data_dir DIR] [--overwrite]
python -m tfiqa.prepare mos_folder --name MINE --manual_dir DIR
python -m tfiqa.prepare --check NAME --manual_dir DIR
python -m tfiqa.prepare NAME ... --runner RUNNER [--workers N] [-- --OPTION=VALUE ...]

NAME is a folder of `datasets/`, such as biq2021, koniq10k or mos_folder, followed by a
slash and a configuration if there is more than one. Without --manual_dir, the command
says which files belong in it. A prepared dataset is kept. If its source has changed,
that is an error; --overwrite builds it again. --name distinguishes folders of your own;
such a dataset is called mos_folder/MINE from then on. --check reports what is wrong
with a download, and builds nothing.

--runner builds on Apache Beam (pip install 'tfiqa[beam]'): --runner=FnApiRunner in
--workers processes of this machine, any other one with its options after `--`.
Examples, ids and order are the same. It is worth it for kadis700k/distorted and other
large sets.

Exit status: 0 prepared, or nothing wrong; 1 not prepared, or something wrong; 2 wrong
usage; 70 an internal error.
"""

import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.data.beam_options import LOCAL_RUNNER
from tfiqa.data.beam_options import BeamOptions
from tfiqa.data.catalog import names
from tfiqa.data.request import PreparationRequest


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("manual_dir", None, "Folder of the published files.")
    flags.DEFINE_string(
        "data_dir", None, "Where to write; the default of TensorFlow Datasets if unset."
    )
    flags.DEFINE_bool("overwrite", False, "Whether to build an existing dataset again.")
    flags.DEFINE_string("name", None, "Name for a folder of your own.")
    flags.DEFINE_string("runner", None, "Runner of Apache Beam that builds it.")
    flags.DEFINE_integer(
        "workers", 1, f"Number of processes of {LOCAL_RUNNER}.", lower_bound=1
    )
    flags.DEFINE_bool("check", False, "Whether to report only what is wrong.")


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    others = tuple(one for one in argv[1:] if one.startswith("--"))
    argv = [one for one in argv if one not in others]
    if len(argv) != 2:
        raise app.UsageError(
            f"One NAME of {names()} is expected. Received: {argv[1:]}", exitcode=2
        )
    if values.runner is None and (others or values.workers > 1):
        raise app.UsageError("--runner is expected with options of Beam.", exitcode=2)
    request = PreparationRequest(
        name=argv[1] if values.name is None else f"{argv[1]}/{values.name}",
        manual_dir=values.manual_dir,
        data_dir=values.data_dir,
        overwrite=values.overwrite,
        beam=None
        if values.runner is None
        else BeamOptions(values.runner, values.workers, others),
    )
    try:
        return _check(request) if values.check else _prepare(request)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return Status.NONE


def _check(request: PreparationRequest) -> Status:
    from tfiqa.data.check import check_source

    folder = request.manual_dir
    if folder is None:
        raise ValueError("--manual_dir is expected, to check its files")
    faults = check_source(request.name, manual_dir=folder)
    for fault in faults:
        print(fault)
    if faults:
        return Status.NONE
    print(f"Nothing is wrong with {folder}")
    return Status.OK


def _prepare(request: PreparationRequest) -> Status:
    from tfiqa.data.prepared import is_prepared
    from tfiqa.data.prepared import prepare_dataset

    kept = is_prepared(request.name, data_dir=request.data_dir)
    kept = kept and not request.overwrite
    builder = prepare_dataset(**vars(request))
    counts = {part: info.num_examples for part, info in builder.info.splits.items()}
    print(f"{'Already prepared' if kept else 'Prepared'}: {builder.data_dir}")
    print(f"{sum(counts.values()):,} images {counts}{_missing(builder, counts)}")
    return Status.OK


def _missing(builder, counts: dict[str, int]) -> str:
    published = (builder.info.metadata or {}).get("published_pictures")
    if published in (None, sum(counts.values())):
        return ""
    return f", of {published:,} published"


if __name__ == "__main__":
    command.run(define_flags, main)
