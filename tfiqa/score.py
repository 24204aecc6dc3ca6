"""Scores pictures and tells which could not be scored, and why.

python -m tfiqa.score PATH... [--model SCORER] [--output FILE] [--map FOLDER]

A PATH is a picture, a folder (all pictures below it, sorted) or `-` (paths on standard
input, one a line). SCORER is a file, or one that comes with the package: `photo`, the
default, which learned from ratings of photographs and scores from 0 to 100; `niqe` or
`ilniqe`, which have seen no rating. `score` is in the units of the MOS that the scorer
was trained on, higher is better; calibrated scorers, as `photo` is, also give a word:
bad, poor, fair, good or excellent, a fifth of the scale each. Each picture is scored by
itself, whatever else is scored.

Every picture gets one row, in input order, on the terminal or in --output (.csv or
.jsonl: path, score, status, width, height, covered). `covered` is the share of its
pixels that the scorer looked at; --coverage=full leaves none out and takes longer. A
picture without a score has one of these statuses, and its reason is told on standard
error:

  missing      there is no such file
  undecodable  it cannot be read, or is no picture of a known kind
  flat         it has no structure, so there is nothing to judge
  too_small    a side is shorter than the scorer can judge
  too_large    it has more than 100 million pixels

A scorer of full reference wants --reference: one picture, the reference of all, or a
folder where the reference of PATH has its name, whatever the suffix.

--interval adds the ends of the interval in which the MOS of the picture lies, `low` and
`high`, for scorers that were calibrated (`tfiqa.calibrate`).

--map draws each picture that has a score beside the map of its patches' quality, into
FOLDER/NAME-DIGITS.png, with DIGITS for its path; scorers that compare patches can.

The rows go to FILE.partial, flushed every --batch_size rows, which becomes FILE when
all are there: an interrupted run leaves its rows in FILE.partial.

Exit status: 0 all pictures scored, 3 some not, 1 none, 2 wrong usage, 70 a fault of the
program.
"""

import dataclasses
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.progress import Progress
from tfiqa.cli.rows import SUFFIXES
from tfiqa.cli.rows import printable
from tfiqa.cli.rows import sink
from tfiqa.cli.status import Status
from tfiqa.config.coverage import COVERAGES
from tfiqa.files.listing import listed
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.shipped import list_presets

if TYPE_CHECKING:
    from tfiqa.scoring.request import ScoreRow

# The fields of a request that have another name as flags.
_FLAGS = {"intervals": "interval", "map_folder": "map", "read_ahead": "batch_size"}


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model",
        DEFAULT,
        f"The scorer: a `.keras` file, or one of {', '.join(list_presets())}.",
    )
    flags.DEFINE_string(
        "reference", None, "The reference of all pictures, or a folder of references."
    )
    flags.DEFINE_bool("interval", False, "Tell the interval of each score.")
    flags.DEFINE_string("map", None, "Folder to draw maps of quality into.")
    flags.DEFINE_string("output", None, "Where to write: a .csv or .jsonl file.")
    flags.DEFINE_enum(
        "coverage", None, COVERAGES, "Crops to look at; as trained if not given."
    )
    flags.DEFINE_integer(
        "batch_size",
        16,
        "Rows between two flushes, and most pictures decoded ahead. No score depends"
        " on it.",
        lower_bound=1,
    )


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    if len(argv) < 2:
        raise app.UsageError("At least one PATH is expected.", exitcode=2)
    output = None if values.output is None else Path(values.output)
    if output is not None and output.suffix not in SUFFIXES:
        raise app.UsageError(
            f"A .csv or .jsonl file is expected. Received: --output={output}", 2
        )
    if output is not None and not output.parent.is_dir():
        raise app.UsageError(
            f"An existing folder is expected. Received: --output={output}", 2
        )
    request = ScoringRequest(
        paths=tuple(argv[1:]),
        model=values.model,
        reference=values.reference,
        intervals=values.interval,
        coverage=values.coverage,
        map_folder=values.map,
        read_ahead=values.batch_size,
    )
    return score(request, output=output, flush_every=values.batch_size)


def score(
    request: ScoringRequest, *, output: Path | None = None, flush_every: int = 16
) -> Status:
    """Writes a row for every picture; returns the exit status.

    Args:
        request: What to score, and how. Among its paths, `"-"` stands for those on
            standard input.
        output: `.csv` or `.jsonl` file; the terminal when None.
        flush_every: Rows between two flushes.
    """
    from tfiqa.scoring.run import score_request

    paths = tuple(listed(request.paths, standard_input=True))
    try:
        rows = score_request(dataclasses.replace(request, paths=paths))
    except ArgumentError as error:
        flag = _FLAGS.get(error.argument, error.argument)
        print(f"--{flag}: {error}", file=sys.stderr)
        return Status.USAGE
    scored = _write(rows, len(paths), request, output, flush_every)
    return status.of_counts(scored, len(paths))


def _write(
    rows: "Iterable[ScoreRow]",
    total: int,
    request: ScoringRequest,
    output: Path | None,
    flush_every: int,
) -> int:
    """Writes the rows; returns how many have a score."""
    progress = Progress(total, on=output is not None or not sys.stdout.isatty())
    scored = 0
    with sink(output, intervals=request.intervals) as (write, flush):
        for done, row in enumerate(rows, 1):
            write(dataclasses.asdict(row))
            if row.status != "ok":
                progress.message(f"{printable(row.path)}: {row.status}: {row.reason}")
            scored += row.status == "ok"
            if done % flush_every == 0:
                flush()
            progress.show(done)
    if scored < total or not total:
        progress.message(f"{scored} of {total} pictures scored")
    return scored


if __name__ == "__main__":
    command.run(define_flags, main)
