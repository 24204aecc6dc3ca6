"""The flags that both commands share, and how a command ends."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from absl import app
from absl import flags

from tfiqa.beam.request import FORMATS
from tfiqa.beam.request import INPUT_KINDS
from tfiqa.beam.request import BeamRequest
from tfiqa.beam.settings import Settings
from tfiqa.cli import status
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.data.beam_options import LOCAL_RUNNER
from tfiqa.data.beam_options import BeamOptions
from tfiqa.data.beam_options import import_beam

if TYPE_CHECKING:  # `--help` costs no Beam.
    from tfiqa.beam.run import Result


def define_flags(formats: Sequence[str] = FORMATS) -> None:
    """Defines the flags of what is read, where it runs and what is written."""
    flags.DEFINE_string("output", None, "The output folder, local or remote.")
    flags.DEFINE_enum("format", "parquet", formats, "Format of the rows.")
    flags.DEFINE_enum("kind", "auto", INPUT_KINDS, "How input files are read.")
    flags.DEFINE_string("image_column", None, "Column of encoded images in records.")
    flags.DEFINE_string("key_column", None, "Column of keys; FILE#INDEX if unset.")
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_integer(
        "shard_size", 500, "Mean number of single images in a shard.", lower_bound=1
    )
    flags.DEFINE_bool("follow_links", False, "Follow links to folders.")
    flags.DEFINE_bool("hidden", False, "Process hidden files, and those of the system.")
    flags.DEFINE_string("runner", LOCAL_RUNNER, "The runner of Beam.")
    flags.DEFINE_integer(
        "workers", 1, f"Number of processes of {LOCAL_RUNNER}.", lower_bound=1
    )
    flags.DEFINE_bool(
        "large_model", False, "All processes of a machine share one copy of the model."
    )
    flags.mark_flag_as_required("output")


def request_of(
    values: Any, argv: Sequence[str], settings: Settings, keep: str | None = None
) -> BeamRequest:
    """Returns the request that flags and arguments describe.

    Args:
        values: The values of all flags of the command, as attributes.
        argv: The name of the command, inputs, and then options of Beam.
        settings: The model.
        keep: Condition of the images to list.
    """
    inputs = [one for one in argv[1:] if not one.startswith("--")]
    others = [one for one in argv[1:] if one.startswith("--")]
    if not inputs:
        raise app.UsageError("At least one INPUT is expected.", exitcode=2)
    return BeamRequest(
        inputs=tuple(inputs),
        output=values.output,
        settings=settings,
        options=BeamOptions(values.runner, values.workers, tuple(others)),
        form=values.format,
        kind=values.kind,
        image_column=values.image_column,
        key_column=values.key_column,
        data_dir=values.data_dir,
        shard_size=values.shard_size,
        keep=keep,
        hidden=values.hidden,
        follow_links=values.follow_links,
        large_model=values.large_model,
    )


def ended(request: BeamRequest) -> Status:
    """Runs a request, and reports how it ended; returns the exit status."""
    try:
        import_beam()
    except ModuleNotFoundError as error:
        _say(str(error))
        return Status.USAGE
    from tfiqa.beam.errors import ModelError
    from tfiqa.beam.errors import WriteError
    from tfiqa.beam.run import InputError
    from tfiqa.beam.run import OutputError
    from tfiqa.beam.run import run

    try:
        result = run(request, say=_say)
    except InputError as error:
        _say(str(error))
        return Status.USAGE
    except ModelError as error:
        _say(f"--model: {error.reason}")
        return Status.USAGE
    except WriteError as error:
        _say(f"--output: {error.reason}")
        return Status.OUTPUT
    except OutputError as error:
        _say(f"--output: {error.strerror}")
        return Status.OUTPUT
    return _reported(result)


def _reported(result: "Result") -> Status:
    for line in (*result.skipped.lines(), *result.report.lines()):
        _say(line)
    if result.kept is not None:
        _say(f"{result.kept:,} images pass --keep")
    if result.leftovers:
        _say(f"{result.leftovers:,} files of killed or repeated attempts removed")
    unreadable = len(result.report.unreadable) + len(result.skipped.unreadable)
    others = len(result.faults) - len(result.report.unreadable)
    for fault in result.faults if others else ():
        _say(f"not complete: {fault}")
    scored = result.report.statuses.get("ok", 0)
    total = result.report.images + unreadable
    return status.of_counts(scored, total + others)


def _say(text: str) -> None:
    for line in text.split("\n"):
        print(printable(line), file=sys.stderr, flush=True)
