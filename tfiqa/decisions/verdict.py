"""Decisions applied to a stream of rows: which are shown, copied and reported."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tfiqa.cli.layout import Layout
from tfiqa.cli.layout import Row
from tfiqa.cli.rows import write_errors
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.decisions.gate import Gate
from tfiqa.decisions.placing import Placer
from tfiqa.decisions.placing import SourceError
from tfiqa.decisions.request import DecisionRequest
from tfiqa.decisions.selection import select


class Watcher(Protocol):
    """Sees all rows, and acts after the last one; for example, it writes a report."""

    def watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows unchanged."""
        ...


class Verdict:
    """Applies decisions to rows, once.

    Args:
        request: The decisions.
        layout: The columns of the rows.
        say: Prints a line for the user.
        report: A watcher of all rows for which `where` holds.

    Raises:
        FlagError: If `where` or `sort` does not fit the columns.
    """

    def __init__(
        self,
        request: DecisionRequest,
        layout: Layout,
        *,
        say: Callable[[str], None],
        report: Watcher | None = None,
    ):
        self._request, self._say, self._report = request, say, report
        self._where = request.condition(layout)
        self._gate = None
        if request.fail_under is not None:
            self._gate = Gate(request.fail_under, confident=request.confident)
        self._placed = self._existed = self._failed = 0

    @property
    def status(self) -> Status:
        """The exit status, as far as decisions determine it."""
        if self._failed:
            return Status.SOME
        return Status.BELOW if self._gate and self._gate.below else Status.OK

    def applied(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows to show, in order, and places the images that pass.

        Raises:
            OutputError: If an image cannot be copied: for example, the disk is full.
        """
        placer = self._new_placer()
        rows = select(rows, where=self._where)
        for watcher in filter(None, (self._gate, self._report)):
            rows = watcher.watched(rows)
        for row in self._ordered(rows):
            passes = self._passes(row)
            if passes and placer is not None:
                self._place(placer, row["path"])
            if passes or self._request.form != "null":
                yield row
        self._say_summary(placer)

    def _new_placer(self) -> Placer | None:
        folder, link = self._request.folder, self._request.copy is None
        if folder is None:
            return None
        with write_errors(Path(folder), "link" if link else "copy"):
            return Placer(folder, link=link)

    def _ordered(self, rows: Iterable[Row]) -> Iterator[Row]:
        request = self._request
        if request.group is None:
            return select(
                rows, sort=request.sort, top=request.top, bottom=request.bottom
            )
        from tfiqa.decisions.bursts import grouped  # It imports Pillow.

        return grouped(rows)

    def _passes(self, row: Row) -> bool:
        if self._request.group is not None and row["choice"] != "best":
            return False
        return self._gate is None or self._gate.passes(row)

    def _place(self, placer: Placer, path: str) -> None:
        with write_errors(placer.folder, "link" if placer.link else "copy"):
            try:
                placed = placer.place(path)
            except SourceError as error:
                self._failed += 1
                reason = printable(error.strerror or str(error))
                self._say(f"{printable(path)}: not placed: {reason}")
                return
        self._existed += placed.existed
        self._placed += not placed.existed
        if placed.renamed:
            reason = "another file has this name"
            name = printable(placed.target.name)
            self._say(f"{printable(path)}: {reason}; placed as {name}")

    def _say_summary(self, placer: Placer | None) -> None:
        if self._gate is not None:
            self._say(self._gate.summary())
        if placer is not None:
            verb = "linked" if placer.link else "copied"
            folder = printable(str(placer.folder))
            there = f"; {self._existed:,} already there" if self._existed else ""
            self._say(f"{self._placed:,} images {verb} to {folder}{there}")
