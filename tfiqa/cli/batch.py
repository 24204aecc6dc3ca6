"""Writes the rows of a batch, and reports on standard error how the batch ended."""

import sys
from collections.abc import Iterable
from collections.abc import Iterator

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.layout import Layout
from tfiqa.cli.layout import Row
from tfiqa.cli.output import Output
from tfiqa.cli.progress import Progress
from tfiqa.cli.rows import Decide
from tfiqa.cli.rows import partial_of
from tfiqa.cli.rows import sink
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.files.listing import Skipped


def write_batch(
    rows: Iterable[Row],
    target: Output,
    skipped: Skipped,
    layout: Layout | None = None,
    *,
    decide: Decide | None = None,
    form: str = "table",
    flush_every: int = 16,
) -> Status:
    """Writes the rows as they come; returns the exit status.

    Args:
        rows: Rows with at least the keys `path`, `status`, `reason` and `runtime`.
        target: The output; see `output.claimed`.
        skipped: Report of the listing; complete after the last row.
        layout: The columns of the rows.
        decide: Chooses the rows to show. A file gets them at the end, once
            `FILE.partial` has all rows; standard output as they come.
        form: How rows are printed; see `printing.printer`.
        flush_every: Rows between two flushes.

    Raises:
        OutputError: If rows cannot be written.
    """
    batch = _Batch(target, layout or Layout())
    watched = batch.watched(rows)
    if target.path is None and decide is not None:
        watched = decide(watched)
    try:
        with sink(
            *(target.path, batch.layout),
            resume=target.resume,
            decide=decide,
            form=form,
        ) as (write, flush):
            for count, row in enumerate(watched, 1):
                write(row)
                if count % flush_every == 0:
                    flush()
            flush()
    except KeyboardInterrupt as error:
        return _report_interruption(error, target, batch.done)
    finally:
        batch.progress.close()
    return batch.report_end(skipped)


class _Batch:
    """Counts rows, and reports the images that have no score."""

    def __init__(self, target: Output, layout: Layout):
        self.layout = layout
        self.scored, self.complete = target.scored, target.complete
        self.done = len(target.done)
        self.runtime: str | None = None
        on = target.path is not None or not sys.stdout.isatty()
        self.progress = Progress(None, on=on)

    def watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows unchanged."""
        for row in rows:
            self.done, self.runtime = self.done + 1, row["runtime"]
            self.scored += row["status"] == "ok"
            self.complete += self.layout.is_complete(row)
            if row["status"] != "ok":
                self.progress.message(_failure(row))
            yield row
            self.progress.show(self.done)

    def report_end(self, skipped: Skipped) -> Status:
        """Reports on standard error how the batch ended; returns the exit status."""
        for line in skipped.lines():
            self.progress.message(printable(line))
        by = "" if self.runtime is None else f" by {self.runtime}"
        self.progress.message(f"{self.scored} of {self.done} images scored{by}")
        total = self.done + len(skipped.unreadable)
        ended = status.of_counts(self.scored, total)
        if ended is Status.OK and self.complete < total:  # By a further scorer.
            return Status.SOME
        return ended


def _failure(row: Row) -> str:
    return f"{printable(row['path'])}: {row['status']}: {printable(row['reason'])}"


def _report_interruption(error: KeyboardInterrupt, target: Output, done: int) -> Status:
    if target.path is not None:
        partial = printable(str(partial_of(target.path)))
        print(
            f"interrupted: {partial} has {done:,} rows; --resume continues from there",
            file=sys.stderr,
        )
    else:
        print(f"interrupted after {done:,} images", file=sys.stderr)
    if isinstance(error, command.Terminated):
        return Status.TERMINATED
    return Status.INTERRUPTED
