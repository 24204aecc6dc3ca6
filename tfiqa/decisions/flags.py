"""The flags of decisions, and the request that they describe."""

import os
from typing import Any

from absl import flags

from tfiqa.cli.flag_error import FlagError
from tfiqa.decisions.request import GROUPS
from tfiqa.decisions.request import DecisionRequest

_FIELDS = (
    *("where", "sort", "top", "bottom", "fail_under", "confident", "group"),
    *("copy", "link", "report"),
)

_NOT_WITH_GROUP = {
    "isolate": "times are read outside of child processes",
    "shard": "the images of a burst may be in different parts",
}


def define_flags() -> None:
    """Defines the flags of decisions."""
    flags.DEFINE_string("where", None, "Show only rows for which this condition holds.")
    flags.DEFINE_string("sort", None, "Column to sort by; descending after a `-`.")
    flags.DEFINE_integer("top", None, "Show only the N highest scores.", 1)
    flags.DEFINE_integer("bottom", None, "Show only the N lowest scores.", 1)
    flags.DEFINE_float(
        "fail_under", None, "Exit with status 4 if a score is below this."
    )
    flags.DEFINE_bool(
        "confident", False, "Count only images whose entire interval is below."
    )
    flags.DEFINE_enum("group", None, GROUPS, "Group images; name the best of each.")
    flags.DEFINE_string("copy", None, "Folder for copies of the images that pass.")
    flags.DEFINE_string("link", None, "Folder for links to the images that pass.")
    flags.DEFINE_string("report", None, "Folder for a page about all images.")
    flags.DEFINE_bool("null", False, "Print paths of images that pass, ended by NULs.")
    flags.DEFINE_bool("jsonl", False, "Print rows as JSON lines.")


def request_of(values: Any) -> DecisionRequest:
    """Returns the request that the flags describe.

    Args:
        values: The values of all flags of the command, as attributes.

    Raises:
        FlagError: If flags contradict each other.
    """
    if values.null and values.jsonl:
        raise FlagError("null", "It excludes --jsonl. Received: both")
    form = "null" if values.null else "jsonl" if values.jsonl else "table"
    if form != "table" and values.output is not None:
        raise FlagError(form, "It excludes --output. Received: both")
    for other, reason in _NOT_WITH_GROUP.items():
        if values.group is not None and getattr(values, other):
            raise FlagError("group", f"It excludes --{other}: {reason}. Received: both")
    page = values.report and os.path.join(values.report, "index.html")
    if page and os.path.lexists(page) and not values.overwrite:
        raise FlagError(
            "report",
            "A folder without index.html, or --overwrite, is expected. "
            f"Received: {values.report}",
        )
    fields = {name: getattr(values, name) for name in _FIELDS}
    return DecisionRequest(**fields, form=form)
