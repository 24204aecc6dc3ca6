"""Flags and output that the export commands share."""

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

from absl import app
from absl import flags

from tfiqa.cli.status import Status
from tfiqa.export.request import ExportRequest

# Errors that reading or writing a user's file may raise.
EXPECTED = (ImportError, OSError, RuntimeError, TypeError, ValueError)


def define_flags() -> None:
    """Defines the flags that every export has."""
    flags.DEFINE_string(
        "images",
        None,
        "Folder of images to compare on. A flat image is added, and generated ones if "
        "there are few.",
    )
    flags.DEFINE_boolean("overwrite", False, "Replaces an existing export.")
    flags.DEFINE_boolean(
        "allow_disagreement",
        False,
        "Keeps an export that fails the comparison; its model card says so.",
    )


def request_of(argv: list[str], usage: str) -> ExportRequest:
    """Returns the request that a command's arguments and flags describe.

    Args:
        argv: The name of the command, the scorer and the target.
        usage: What the error message calls the last two.
    """
    if len(argv) != 3:
        raise app.UsageError(f"{usage} are expected.", exitcode=2)
    return ExportRequest(
        scorer=argv[1],
        path=argv[2],
        images=flags.FLAGS.images,
        overwrite=flags.FLAGS.overwrite,
        allow_disagreement=flags.FLAGS.allow_disagreement,
    )


def run(request: ExportRequest, export: Callable[..., Any]) -> Status:
    """Exports, prints the comparison with the scorer, and returns the exit status.

    Args:
        request: What to export.
        export: Called with the fields of the request; see `saved_model.export`.
    """
    options = {
        field.name: getattr(request, field.name)
        for field in dataclasses.fields(request)[2:]
    }
    try:
        parity = export(request.scorer, request.path, **options)
    except EXPECTED as error:
        print(f"Not exported. {error}", file=sys.stderr)
        if _is_disagreement(error):
            print("Keep it anyway with --allow_disagreement.", file=sys.stderr)
        return Status.NONE
    print(f"{request.path}:\n{parity}")
    return Status.OK


def _is_disagreement(error: Exception) -> bool:
    from tfiqa.export.parity import Disagreement

    return isinstance(error, Disagreement)
