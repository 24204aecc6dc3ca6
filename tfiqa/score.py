"""Scores pictures and tells which could not be scored, and why.

python -m tfiqa.score PATH... [--model SCORER] [--output FILE] [--map FOLDER]

A PATH is a picture, a folder (all pictures below it, sorted) or `-` (paths on standard
input, one a line, or each ended by a NUL). A picture that is named twice is scored
once. SCORER is a file, or one that comes with the package: `photo`, the default, which
learned from ratings of photographs and scores from 0 to 100; `brisque`, learned from
ratings too; `niqe`, `ilniqe` or `piqe`, which have seen no rating. `score` is in the
units of the MOS that the scorer was trained on, higher is better; calibrated scorers,
as `photo` is, also give a word: bad, poor, fair, good or excellent, a fifth of the
scale each. Each picture is scored by itself, whatever else is scored.

Every picture gets one row, in input order, on the terminal or in --output (.csv or
.jsonl: path, score, status, width, height, covered, reason, notes). `covered` is the
share of its pixels that the scorer looked at; --coverage=full leaves none out and takes
longer. `notes` tells what was done to read the picture, see `docs/reliability.md`. A
picture without a score has one of these statuses, and its reason is told on standard
error too:

  missing      there is no such file
  undecodable  it cannot be read, or is no intact picture of a known kind
  unsupported  it is of a kind for which there is no decoder here
  flat         it has no structure, so there is nothing to judge
  too_small    a side is shorter than the scorer can judge
  too_large    it has more than 100 million pixels, or more than 1 GiB
  failed       the scorer itself failed, whatever the picture

In folders, hidden files and folders and those of systems (thumbnails, deleted files)
are left out unless --hidden, and links to folders unless --follow_links; a line tells
how many. A folder that cannot be listed is told, and the exit status is 3.

A scorer of full reference wants --reference: one picture, the reference of all, or a
folder where the reference of PATH has its name, whatever the suffix.

--interval adds the ends of the interval in which the MOS of the picture lies, `low` and
`high`, for scorers that were calibrated (`tfiqa.calibrate`).

--explain adds what is wrong with the image: `distortion` and `distortion_group`, a type
of `tfiqa.distortions` or `none`, and the `probability` of it; both are empty where it
cannot be known, as of most photographs. For scorers with a recognizer beside them, in
the folder `explanations`.

--runtime says what computes: keras runs every scorer; litert the preset `photo` and
`.tflite` files of `tfiqa.export.tflite`; numpy the preset `niqe`. auto takes the one
that starts soonest; the last line on standard error names it. Scores of `photo` differ
by less than 0.001 between runtimes, those of `niqe` not at all.

--map draws each image that has a score beside the map of its windows' or patches'
quality, into FOLDER/NAME-DIGITS.png, with DIGITS for its path; `photo` can, and scorers
that compare patches.

The rows go to FILE.partial, flushed every --batch_size rows, which becomes FILE when
all are there: an interrupted run leaves its rows in FILE.partial, and --resume goes on
from there. A FILE that exists is replaced with --overwrite only. --shard=I/N scores the
I-th of N parts of the pictures, divided by their paths, each into a file of its own.

--isolate decodes pictures in child processes, with at most 60 seconds and 2 GiB for
each: a picture on which a decoder crashes or hangs costs its own row, not the batch.

Exit status: 0 all pictures scored, 3 some not, 1 none, 2 wrong usage, 70 a fault of the
program, 74 the output cannot be written, 130 interrupted, 141 nobody reads the output,
143 terminated.
"""

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.output import ClaimError
from tfiqa.cli.output import Output
from tfiqa.cli.output import check_output
from tfiqa.cli.output import claimed
from tfiqa.cli.progress import Progress
from tfiqa.cli.rows import OutputError
from tfiqa.cli.rows import partial_of
from tfiqa.cli.rows import sink
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.config.coverage import COVERAGES
from tfiqa.files.listing import Omissions
from tfiqa.files.listing import Rules
from tfiqa.files.listing import listed
from tfiqa.files.shard import Shard
from tfiqa.scoring.identity import settings_of
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.runtimes.names import RUNTIMES
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
        "The scorer: a `.keras` or `.tflite` file, or one of "
        f"{', '.join(list_presets())}.",
    )
    flags.DEFINE_string(
        "reference", None, "The reference of all pictures, or a folder of references."
    )
    flags.DEFINE_bool("interval", False, "Tell the interval of each score.")
    flags.DEFINE_bool("explain", False, "Tell what is wrong with each picture.")
    flags.DEFINE_string("map", None, "Folder to draw maps of quality into.")
    flags.DEFINE_string("output", None, "Where to write: a .csv or .jsonl file.")
    flags.DEFINE_bool("resume", False, "Go on from FILE.partial of --output.")
    flags.DEFINE_bool("overwrite", False, "Replace --output, if it exists.")
    flags.DEFINE_string("shard", None, "Which part of the pictures, such as 1/8.")
    flags.DEFINE_bool("follow_links", False, "Follow links to folders.")
    flags.DEFINE_bool("hidden", False, "Score hidden files, and those of systems.")
    flags.DEFINE_bool(
        "tolerate_truncation",
        False,
        "Score JPEG files of which only the end is missing; `notes` tells which.",
    )
    flags.DEFINE_bool(
        "isolate", False, "Decode in child processes with limits of time and memory."
    )
    flags.DEFINE_enum(
        "icc",
        "srgb",
        ICC,
        "Colours with a profile: converted to sRGB, or taken as they are.",
    )
    flags.DEFINE_enum(
        "coverage", None, COVERAGES, "Crops to look at; as trained if not given."
    )
    flags.DEFINE_enum("runtime", "auto", RUNTIMES, "What computes; see above.")
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
    try:
        check_output(output, resume=values.resume, overwrite=values.overwrite)
    except ClaimError as error:
        raise app.UsageError(f"{error}: --{error.flag}={output}", 2) from error
    request = ScoringRequest(
        paths=tuple(argv[1:]),
        model=values.model,
        reference=values.reference,
        intervals=values.interval,
        explain=values.explain,
        coverage=values.coverage,
        map_folder=values.map,
        read_ahead=values.batch_size,
        tolerate_truncation=values.tolerate_truncation,
        icc=values.icc,
        isolate=values.isolate,
        runtime=values.runtime,
    )
    try:
        shard = None if values.shard is None else Shard.parsed(values.shard)
    except ValueError as error:
        raise app.UsageError(f"--shard: {error}", 2) from error
    with command.terminable():
        return score(
            request,
            output=output,
            flush_every=values.batch_size,
            resume=values.resume,
            shard=shard,
            rules=Rules(follow_links=values.follow_links, hidden=values.hidden),
        )


def score(
    request: ScoringRequest,
    *,
    output: Path | None = None,
    flush_every: int = 16,
    resume: bool = False,
    shard: Shard | None = None,
    rules: Rules | None = None,
) -> Status:
    """Writes a row for every picture; returns the exit status.

    Args:
        request: What to score, and how. Among its paths, `"-"` stands for those on
            standard input.
        output: `.csv` or `.jsonl` file, which is replaced; the terminal when None.
        flush_every: Rows between two flushes.
        resume: Whether to keep the rows in `FILE.partial` and score what they lack.
        shard: Which part of the pictures is scored; all when None.
        rules: Which entries of folders are listed.
    """
    from tfiqa.scoring.run import score_request

    try:
        settings = settings_of(request)
        with claimed(
            output,
            settings,
            intervals=request.intervals,
            explained=request.explain,
            resume=resume,
        ) as target:
            omissions = Omissions()
            paths = listed(
                request.paths, standard_input=True, rules=rules, omissions=omissions
            )
            chosen = (
                path
                for path in paths
                if (shard is None or path in shard) and path not in target.done
            )
            rows = score_request(dataclasses.replace(request, paths=chosen))
            return _write(rows, target, request, flush_every, omissions)
    except ArgumentError as error:
        flag = _FLAGS.get(error.argument, error.argument)
        print(f"--{flag}: {error}", file=sys.stderr)
        return Status.USAGE
    except ClaimError as error:
        print(f"--{error.flag}: {error}", file=sys.stderr)
        return Status.USAGE
    except OutputError as error:
        print(f"--output: {error.strerror}", file=sys.stderr)
        return Status.OUTPUT


def _write(
    rows: "Iterator[ScoreRow]",
    target: Output,
    request: ScoringRequest,
    flush_every: int,
    omissions: Omissions,
) -> Status:
    """Writes the rows; returns the exit status."""
    on = target.path is not None or not sys.stdout.isatty()
    progress = Progress(None, on=on)
    scored, done, runtime = target.scored, len(target.done), None
    try:
        with sink(
            target.path,
            intervals=request.intervals,
            explained=request.explain,
            resume=target.resume,
        ) as (write, flush):
            for row in rows:
                done, runtime = done + 1, row.runtime
                write(dataclasses.asdict(row))
                if row.status != "ok":
                    progress.message(
                        f"{printable(row.path)}: {row.status}: {printable(row.reason)}"
                    )
                scored += row.status == "ok"
                if done % flush_every == 0:
                    flush()
                progress.show(done)
    except KeyboardInterrupt as error:
        return _interrupted(error, target, done)
    finally:
        progress.close()
    return _concluded(scored, done, runtime, omissions, progress)


def _interrupted(error: KeyboardInterrupt, target: Output, done: int) -> Status:
    if target.path is not None:
        partial = printable(str(partial_of(target.path)))
        print(
            f"interrupted: {done:,} rows are in {partial}; --resume goes on from there",
            file=sys.stderr,
        )
    else:
        print(f"interrupted after {done:,} pictures", file=sys.stderr)
    if isinstance(error, command.Terminated):
        return Status.TERMINATED
    return Status.INTERRUPTED


def _concluded(
    scored: int,
    done: int,
    runtime: str | None,
    omissions: Omissions,
    progress: Progress,
) -> Status:
    for line in omissions.lines():
        progress.message(printable(line))
    by = "" if runtime is None else f" by {runtime}"
    progress.message(f"{scored} of {done} pictures scored{by}")
    return status.of_counts(scored, done + len(omissions.unreadable))


if __name__ == "__main__":
    command.run(define_flags, main)
