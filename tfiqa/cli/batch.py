"""Writes the rows of a batch, and reports on standard error how the batch ended."""

import sys
from collections.abc import Iterable

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.output import Output
from tfiqa.cli.progress import Progress
from tfiqa.cli.rows import Row
from tfiqa.cli.rows import partial_of
from tfiqa.cli.rows import sink
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.files.listing import Skipped


def write_batch(
    rows: Iterable[Row],
    target: Output,
    skipped: Skipped,
    *,
    intervals: bool = False,
    explained: bool = False,
    flush_every: int = 16,
) -> Status:
    """Writes the rows as they come; returns the exit status.

    Args:
        rows: Rows with at least the keys `path`, `status`, `reason` and `runtime`.
        target: The output; see `output.claimed`.
        skipped: Report of the listing; complete after the last row.
        intervals: See `sink`.
        explained: See `sink`.
        flush_every: Rows between two flushes.

    Raises:
        OutputError: If rows cannot be written.
    """
    on = target.path is not None or not sys.stdout.isatty()
    progress = Progress(None, on=on)
    scored, done, runtime = target.scored, len(target.done), None
    try:
        with sink(
            target.path,
            intervals=intervals,
            explained=explained,
            resume=target.resume,
        ) as (write, flush):
            for row in rows:
                done, runtime = done + 1, row["runtime"]
                write(row)
                if row["status"] != "ok":
                    progress.message(_failure(row))
                scored += row["status"] == "ok"
                if done % flush_every == 0:
                    flush()
                progress.show(done)
    except KeyboardInterrupt as error:
        return _report_interruption(error, target, done)
    finally:
        progress.close()
    return _report_end(scored, done, runtime, skipped, progress)


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


def _report_end(
    scored: int,
    done: int,
    runtime: str | None,
    skipped: Skipped,
    progress: Progress,
) -> Status:
    for line in skipped.lines():
        progress.message(printable(line))
    by = "" if runtime is None else f" by {runtime}"
    progress.message(f"{scored} of {done} images scored{by}")
    return status.of_counts(scored, done + len(skipped.unreadable))
