"""Requests for decisions: which rows to show, and what to do with their images."""

import dataclasses
import importlib.util
import math
import os
from dataclasses import dataclass

from tfiqa.cli.flag_error import FlagError
from tfiqa.cli.layout import Layout
from tfiqa.cli.printing import FORMATS
from tfiqa.decisions.columns import kinds_of
from tfiqa.decisions.expression import Expression
from tfiqa.decisions.selection import unknown_column
from tfiqa.decisions.tokens import ExpressionError

GROUPS = ("burst",)


@dataclass(frozen=True)
class DecisionRequest:
    """Decisions about rows; fields are named as their flags.

    Attributes:
        where: A condition that rows must fulfill; see `expression`.
        sort: A column to sort by, after a `-` if descending.
        top: Number of rows with the highest scores.
        bottom: Number of rows with the lowest scores.
        fail_under: Threshold on scores.
        confident: Whether only images whose interval is below the threshold fail.
        group: `"burst"` groups the images of bursts.
        copy: Folder for copies of the images that pass.
        link: Folder for links to them.
        report: Folder for the report.
        form: How rows are printed, one of `printing.FORMATS`.

    Raises:
        FlagError: If two fields contradict each other, or one has a wrong value.
    """

    where: str | None = None
    sort: str | None = None
    top: int | None = None
    bottom: int | None = None
    fail_under: float | None = None
    confident: bool = False
    group: str | None = None
    copy: str | None = None
    link: str | None = None
    report: str | None = None
    form: str = "table"

    def __post_init__(self):
        self._check_values()
        self._exclude("top", "bottom")
        self._exclude("copy", "link")
        for name in ("sort", "top", "bottom"):
            self._exclude("group", name)
        if self.confident and self.fail_under is None:
            raise FlagError("confident", "--fail_under is expected. Received: none")
        for name in ("copy", "link"):
            if getattr(self, name) is not None and not self._chooses:
                raise FlagError(
                    name,
                    "--where, --top, --bottom, --fail_under or --group is expected, to "
                    "choose the images. Received: none of them",
                )

    @property
    def is_empty(self) -> bool:
        """Whether all rows are shown in input order, and nothing else is done."""
        return dataclasses.replace(self, form="table") == DecisionRequest()

    @property
    def needs_intervals(self) -> bool:
        """Whether rows need `low` and `high`."""
        return self.confident or self.group is not None

    @property
    def folder(self) -> str | None:
        """The folder for copies or links."""
        return self.link if self.copy is None else self.copy

    @property
    def _chooses(self) -> bool:
        fields = (self.where, self.top, self.bottom, self.fail_under, self.group)
        return any(field is not None for field in fields)

    def condition(self, layout: Layout) -> Expression | None:
        """Returns the condition for rows with these columns.

        Raises:
            FlagError: If it is invalid, or `sort` is no column.
        """
        columns = layout.ungrouped.columns
        if self.sort is not None and self.sort.removeprefix("-") not in columns:
            raise FlagError("sort", unknown_column(self.sort, columns))
        if self.where is None:
            return None
        try:
            return Expression(self.where, kinds_of(columns))
        except ExpressionError as error:
            raise FlagError("where", str(error)) from error

    def _check_values(self) -> None:
        for name, values in (("group", GROUPS), ("form", FORMATS)):
            value = getattr(self, name)
            if value is not None and value not in values:
                expected = " or ".join(values)
                raise FlagError(name, f"{expected} is expected. Received: {value!r}")
        if self.group is not None and importlib.util.find_spec("imagehash") is None:
            raise FlagError(
                "group",
                "The package imagehash is expected. Received: none; "
                "pip install 'tfiqa[burst]'",
            )
        for name in ("top", "bottom"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise FlagError(name, f"1 or more is expected. Received: {value}")
        if self.fail_under is not None and not math.isfinite(self.fail_under):
            raise FlagError(
                "fail_under", f"A number is expected. Received: {self.fail_under}"
            )
        for name in ("copy", "link", "report"):
            value = getattr(self, name)
            if value == "":
                raise FlagError(name, "A folder is expected. Received: an empty name")
            if value and os.path.lexists(value) and not os.path.isdir(value):
                raise FlagError(name, f"A folder is expected. Received: {value}")

    def _exclude(self, first: str, second: str) -> None:
        if getattr(self, first) is not None and getattr(self, second) is not None:
            raise FlagError(first, f"It excludes --{second}. Received: both")
