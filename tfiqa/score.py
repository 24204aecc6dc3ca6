"""Scores images, reports which could not be scored and why, and selects among them.

python -m tfiqa.score PATH... [--model SCORER] [--output FILE] [--map FOLDER]
    [--where CONDITION] [--top N] [--fail_under SCORE] [--copy FOLDER] ...

A PATH is an image, a folder (all images below it, sorted) or `-` (paths on standard
input, one per line, or each ended by a NUL). An image that is named twice is scored
once. SCORER is a file, or one that comes with the package: `photo`, the default, which
was trained on ratings of photographs and scores from 0 to 100; `hyperiqa`, trained on
the same ratings; `brisque`, trained on ratings too; `niqe`, `ilniqe` or `piqe`, which
use no ratings. `score` is in the units of the MOS that the scorer was trained on;
higher is better. Calibrated scorers, `photo` and `hyperiqa`, also give a word: bad,
poor, fair, good or excellent, each a fifth of the scale. No score depends on which
other images are scored.

Every image gets one row, in input order, on the terminal or in --output (.csv or
.jsonl: path, score, status, width, height, covered, reason, notes). `covered` is the
share of its pixels that the scorer used; --coverage=full uses all of them and takes
longer. `notes` says what was unusual about reading the image, see
`docs/reliability.md`. An image without a score has one of these statuses, and its
reason is also written to standard error:

  missing      the file does not exist
  undecodable  it cannot be read, or is not an intact image of a known format
  unsupported  no decoder for its format is installed
  flat         it has no structure to judge
  too_small    a side is shorter than the scorer can judge
  too_large    it has more than 100 million pixels, or more than 1 GiB
  failed       the scorer itself failed

In folders, hidden files and folders and those of the system (thumbnails, deleted files)
are skipped unless --hidden, and links to folders unless --follow_links; a line says how
many. A folder that cannot be listed is reported, and the exit status is 3.

A full-reference scorer needs --reference: one image, the reference of all, or a folder
where the reference has the same name as PATH, with any suffix. Each further
--model=[NAME=]SCORER adds columns `score_NAME` and `status_NAME`; intervals,
explanations, maps and references are those of the first scorer.

--interval adds `low` and `high`, the ends of the interval in which the MOS of the image
lies. It needs a calibrated scorer (`tfiqa.calibrate`).

--explain adds what is wrong with the image: `distortion` and `distortion_group`, a type
of `tfiqa.distortions` or `none`, and its `probability`. All are empty if the distortion
cannot be recognized, as in most photographs. It needs a scorer with a recognizer in the
folder `explanations` beside it.

Decisions, which docs/decisions.md describes:

  --where="score < 40 and width >= 1024"  shows only rows for which this holds
  --sort=-score      orders rows by a column, descending after a minus
  --top=N --bottom=N show only so many of the highest or lowest scores
  --fail_under=40    exits with 4 if a score is below; with --confident, only if the
                     entire interval is
  --group=burst      groups images of bursts; `choice` says which is best, or a tie
  --copy, --link     put the images that pass all of these into a folder; nothing is
                     overwritten
  --report=FOLDER    writes a page with the histogram, the worst and the best images
  --null, --jsonl    print the paths of images that pass, each ended by a NUL, or rows
                     as JSON lines

--runtime sets how to compute: keras runs every scorer; litert runs the preset `photo`
and `.tflite` files of `tfiqa.export.tflite`; numpy runs the preset `niqe`. auto chooses
the one that starts fastest; the last line on standard error names it. Scores of `photo`
differ by less than 0.001 between runtimes, those of `niqe` not at all.

--map draws each scored image beside a map of its quality, by window or patch, into
FOLDER/NAME-DIGITS.png, where DIGITS stand for its path. It needs `photo`, or a scorer
that compares patches.

Rows are written to FILE.partial, flushed every --batch_size rows. It becomes FILE once
it is complete: an interrupted run leaves its rows in FILE.partial, and --resume
continues from there. An existing FILE is replaced only with --overwrite. --shard=I/N
scores the I-th of N parts of the images, divided by their paths, each into its own
file.

--isolate decodes images in child processes, with at most 60 seconds and 2 GiB for each:
if a decoder crashes or hangs on an image, only its own row fails.

Exit status: 0 all images scored, 3 only some, 1 none, 4 all scored and one below
--fail_under, 2 wrong usage, 70 an internal error, 74 the output cannot be written, 130
interrupted, 141 the reader of the output stopped, 143 terminated.
"""

import dataclasses
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.batch import write_batch
from tfiqa.cli.flag_error import FlagError
from tfiqa.cli.layout import Layout
from tfiqa.cli.output import check_output
from tfiqa.cli.output import claimed
from tfiqa.cli.progress import say
from tfiqa.cli.rows import OutputError
from tfiqa.cli.status import Status
from tfiqa.decisions import flags as decision_flags
from tfiqa.decisions.placing import outside
from tfiqa.decisions.request import DecisionRequest
from tfiqa.decisions.verdict import Verdict
from tfiqa.decisions.verdict import Watcher
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.listing import listed
from tfiqa.files.shard import Shard
from tfiqa.scoring import flags as scoring_flags
from tfiqa.scoring.identity import settings_of
from tfiqa.scoring.naming import named_models
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.request import ScoringRequest


def define_flags() -> None:
    """Defines the flags of this command."""
    scoring_flags.define_flags()
    decision_flags.define_flags()


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    if len(argv) < 2:
        raise app.UsageError("At least one PATH is expected.", exitcode=2)
    output = None if values.output is None else Path(values.output)
    try:
        check_output(output, resume=values.resume, overwrite=values.overwrite)
        decisions = decision_flags.request_of(values)
        models = named_models(values.model)
    except (ArgumentError, FlagError) as error:
        flag = getattr(error, "flag", "model")
        shown = f"={output}" if flag == "output" else ""
        raise app.UsageError(f"--{flag}{shown}: {error}", 2) from error
    try:
        shard = None if values.shard is None else Shard.parsed(values.shard)
    except ValueError as error:
        raise app.UsageError(f"--shard: {error}", 2) from error
    model, *others = models.values()
    with command.terminable():
        return score(
            scoring_flags.request_of(values, model, tuple(argv[1:])),
            others=dict(zip(list(models)[1:], others, strict=True)),
            decisions=decisions,
            output=output,
            flush_every=values.batch_size,
            resume=values.resume,
            shard=shard,
            rules=Rules(follow_links=values.follow_links, hidden=values.hidden),
        )


def score(
    request: ScoringRequest,
    *,
    others: Mapping[str, Any] | None = None,
    decisions: DecisionRequest | None = None,
    output: Path | None = None,
    flush_every: int = 16,
    resume: bool = False,
    shard: Shard | None = None,
    rules: Rules | None = None,
) -> Status:
    """Writes a row for every image that is to be shown; returns the exit status.

    Args:
        request: What to score, and how. The path `"-"` stands for the paths on
            standard input.
        others: Further scorers by name; see `scoring.several`.
        decisions: What to show, and what else to do; all rows in input order when None.
        output: `.csv` or `.jsonl` file, which is replaced; the terminal when None.
        flush_every: Rows between two flushes.
        resume: Whether to keep the rows in `FILE.partial` and score the other images.
        shard: Part of the images to score; all when None.
        rules: Which entries of folders to list.
    """
    decisions, others = decisions or DecisionRequest(), others or {}
    needs_intervals = request.intervals or decisions.needs_intervals
    request = dataclasses.replace(request, intervals=needs_intervals)
    layout = Layout(
        intervals=request.intervals,
        explained=request.explain,
        others=tuple(others),
        grouped=decisions.group is not None,
    )
    try:
        report = _report(decisions, request)
        verdict = Verdict(decisions, layout, say=say, report=report)
        from tfiqa.scoring.several import score_by_all  # It imports NumPy.
        from tfiqa.scoring.stored_metadata import bad_marks_line

        settings = settings_of(request, others)
        with claimed(output, settings, layout, resume=resume) as target:
            skipped = Skipped()
            paths = listed(
                request.paths, standard_input=True, rules=rules, skipped=skipped
            )
            chosen = (
                path
                for path in outside(paths, decisions.folder, skipped)
                if (shard is None or path in shard) and path not in target.done
            )
            rows = score_by_all(dataclasses.replace(request, paths=chosen), others)
            for model in (request.model, *others.values()):
                if line := bad_marks_line(model):
                    say(line)
            ended = write_batch(
                *(rows, target, skipped, layout),
                decide=None if decisions.is_empty else verdict.applied,
                form=decisions.form,
                flush_every=flush_every,
            )
            return status.combined([ended, verdict.status])
    except (ArgumentError, FlagError, OutputError) as error:
        return _reported(error, decisions)


def _reported(error: Exception, decisions: DecisionRequest) -> Status:
    """Prints an error with the flag that is at fault; returns the exit status."""
    if isinstance(error, OutputError):
        print(f"--{error.flag}: {error.strerror}", file=sys.stderr)
        return Status.OUTPUT
    if isinstance(error, ArgumentError):
        flag = scoring_flags.FLAGS_OF_FIELDS.get(error.argument, error.argument)
    else:
        flag = getattr(error, "flag", "")
    if flag == "interval" and decisions.needs_intervals:
        flag = "group" if decisions.group else "confident"
    print(f"--{flag}: {error}", file=sys.stderr)
    return Status.USAGE


def _report(decisions: DecisionRequest, request: ScoringRequest) -> Watcher | None:
    if decisions.report is None:
        return None
    from tfiqa.report.folder import FolderReport  # It imports NumPy.

    return FolderReport(decisions.report, request, threshold=decisions.fail_under)


if __name__ == "__main__":
    command.run(define_flags, main)
