"""Scores pictures and tells which could not be scored, and why.

python -m tfiqa.score --model SCORER PATH... [--output FILE] [--map FOLDER]

SCORER is a file, or `niqe` or `ilniqe`, which come with the package. A PATH is a
picture, a folder (all pictures below it, sorted) or `-` (paths on standard input, one a
line). `score` is in the units of the MOS that the scorer was trained on, higher is
better. Each picture is scored by itself, whatever else is scored.

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

Exit status: 0 all pictures scored, 3 some not, 1 none, 2 wrong usage.
"""

import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

import keras
from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.progress import Progress
from tfiqa.files.listing import listed
from tfiqa.layers import COVERAGES
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.calibration import interval
from tfiqa.scoring.quality_maps import map_drawer
from tfiqa.scoring.references import References
from tfiqa.scoring.references import assess_pairs
from tfiqa.scoring.references import check_references
from tfiqa.scoring.rows import interval_of
from tfiqa.scoring.rows import printable
from tfiqa.scoring.rows import row
from tfiqa.scoring.rows import sink
from tfiqa.scoring.scorer import load_scorer
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import presets
from tfiqa.scoring.scorer import set_coverage


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model",
        None,
        f"The scorer: a `.keras` file, or one of {', '.join(presets())}.",
        required=True,
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


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) < 2:
        raise app.UsageError("At least one PATH is expected.", exitcode=2)
    output = None if given.output is None else Path(given.output)
    if output is not None and output.suffix not in (".csv", ".jsonl"):
        raise app.UsageError(
            f"A .csv or .jsonl file is expected. Received: --output={output}", 2
        )
    if output is not None and not output.parent.is_dir():
        raise app.UsageError(
            f"An existing folder is expected. Received: --output={output}", 2
        )
    flag = "model"
    try:
        scorer = load_scorer(given.model)
        flag = "coverage"
        if given.coverage is not None:
            set_coverage(scorer, given.coverage)
        flag = "reference"
        references = None if given.reference is None else References(given.reference)
        check_references(scorer, references)
        flag = "interval"
        if given.interval:
            interval(scorer, [])  # Whoever has none is told before all is scored.
        flag = "map"
        draw = None if given.map is None else map_drawer(scorer, Path(given.map))
    except (OSError, TypeError, ValueError) as error:
        print(f"--{flag}: {error}", file=sys.stderr)
        return 2
    return score(
        scorer,
        argv[1:],
        output=output,
        batch_size=given.batch_size,
        draw=draw,
        references=references,
        intervals=given.interval,
    )


def score(
    scorer,
    arguments: Iterable[str],
    *,
    output: Path | None = None,
    batch_size: int = 16,
    draw: Callable[[str], object] | None = None,
    references: References | None = None,
    intervals: bool = False,
) -> int:
    """Writes a row for every picture; returns the exit status.

    Args:
        scorer: A scorer; see `tfiqa.scoring.scorer`.
        arguments: Files, folders and `-`.
        output: `.csv` or `.jsonl` file; the terminal when None.
        batch_size: Rows between two flushes.
        draw: Called with the path of every picture that has a score.
        references: Of the pictures, for scorers that compare both.
        intervals: Whether to tell the interval of each score; `calibration.interval`.
    """
    paths = list(listed(arguments))
    outcomes = _assessed(scorer, paths, references, ahead=batch_size)
    alone = output is not None or not sys.stdout.isatty()
    progress = Progress(len(paths), on=alone)
    scored = 0
    with sink(output, intervals=intervals) as (write, flush):
        for done, (path, outcome) in enumerate(zip(paths, outcomes, strict=True), 1):
            ends = interval_of(outcome, scorer) if intervals else {}
            write(row(path, outcome, scorer) | ends)
            if outcome.status != "ok":
                progress.tell(f"{printable(path)}: {outcome.status}: {outcome.reason}")
            if draw is not None and outcome.status == "ok":
                draw(path)
            scored += outcome.status == "ok"
            if done % batch_size == 0:
                flush()
            progress.show(done)
    if scored < len(paths) or not paths:
        progress.tell(f"{scored} of {len(paths)} pictures scored")
    return 1 if not scored else 0 if scored == len(paths) else 3


def _assessed(
    scorer: keras.Model,
    paths: Sequence[str],
    references: References | None,
    *,
    ahead: int,
) -> Iterator[Assessment]:
    min_side = metadata(scorer).get("min_side", 1)
    if references is not None:
        pairs = ((path, Path(path).read_bytes) for path in paths)
        return assess_pairs(pairs, scorer, references, min_side=min_side)
    readers = (Path(path).read_bytes for path in paths)
    return assess(readers, predictor(scorer), min_side=min_side, ahead=ahead)


if __name__ == "__main__":
    command.run(define_flags, main)
