"""What the commands of all exports share: their flags, and what they print."""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

from absl import app
from absl import flags

from tfiqa.cli.status import Status
from tfiqa.export.request import ExportRequest

# What reading a file of anyone, or writing one, may raise.
EXPECTED = (ImportError, OSError, RuntimeError, TypeError, ValueError)


def define_flags() -> None:
    """Defines the flags that every export has."""
    flags.DEFINE_string(
        "images",
        None,
        "Folder of pictures to compare on; with a flat one, and generated ones if few.",
    )
    flags.DEFINE_boolean("overwrite", False, "Replaces an export that is there.")
    flags.DEFINE_boolean(
        "allow_disagreement",
        False,
        "Leaves an export that does not reach the bar, and says so.",
    )


def request_of(argv: list[str], names: str) -> ExportRequest:
    """Returns what the arguments and the flags of a command ask for.

    Args:
        argv: Name of the command, scorer and target.
        names: How the two are called, for the message if they are not two.
    """
    if len(argv) != 3:
        raise app.UsageError(f"{names} are expected.", exitcode=2)
    return ExportRequest(
        scorer=argv[1],
        path=argv[2],
        pictures=flags.FLAGS.images,
        overwrite=flags.FLAGS.overwrite,
        allow_disagreement=flags.FLAGS.allow_disagreement,
    )


def run(request: ExportRequest, export: Callable[..., Any]) -> Status:
    """Exports, and prints how the export agrees; returns the exit status.

    Args:
        request: What to export.
        export: Takes the fields of the request; see `saved_model.export`.
    """
    options = {
        field.name: getattr(request, field.name)
        for field in dataclasses.fields(request)[2:]
    }
    try:
        found = export(request.scorer, request.path, **options)
    except EXPECTED as error:
        print(f"Not exported. {error}", file=sys.stderr)
        if _may_be_left(error):
            print("Leave it nevertheless with --allow_disagreement.", file=sys.stderr)
        return Status.NONE
    print(f"{request.path}:\n{found}")
    return Status.OK


def _may_be_left(error: Exception) -> bool:
    from tfiqa.export.parity import Disagreement

    return isinstance(error, Disagreement)
