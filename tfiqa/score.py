"""Scores images, and reports which could not be scored and why.

python -m tfiqa.score PATH... [--model SCORER] [--output FILE] [--map FOLDER]

A PATH is an image, a folder (all images below it, sorted) or `-` (paths on standard
input, one per line, or each ended by a NUL). An image that is named twice is scored
once. SCORER is a file, or one that comes with the package: `photo`, the default, which
was trained on ratings of photographs and scores from 0 to 100; `brisque`, trained on
ratings too; `niqe`, `ilniqe` or `piqe`, which use no ratings. `score` is in the units
of the MOS that the scorer was trained on; higher is better. Calibrated scorers, such as
`photo`, also give a word: bad, poor, fair, good or excellent, each a fifth of the
scale. No score depends on which other images are scored.

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
where the reference has the same name as PATH, with any suffix.

--interval adds `low` and `high`, the ends of the interval in which the MOS of the image
lies. It needs a calibrated scorer (`tfiqa.calibrate`).

--explain adds what is wrong with the image: `distortion` and `distortion_group`, a type
of `tfiqa.distortions` or `none`, and its `probability`. All are empty if the distortion
cannot be recognized, as in most photographs. It needs a scorer with a recognizer in the
folder `explanations` beside it.

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

Exit status: 0 all images scored, 3 only some, 1 none, 2 wrong usage, 70 an internal
error, 74 the output cannot be written, 130 interrupted, 141 the reader of the output
stopped, 143 terminated.
"""

import dataclasses
import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.batch import write_batch
from tfiqa.cli.output import ClaimError
from tfiqa.cli.output import check_output
from tfiqa.cli.output import claimed
from tfiqa.cli.rows import OutputError
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.config.coverage import COVERAGES
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.listing import listed
from tfiqa.files.shard import Shard
from tfiqa.scoring.identity import settings_of
from tfiqa.scoring.request import DEFAULT
from tfiqa.scoring.request import ICC
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.runtimes.names import RUNTIMES
from tfiqa.scoring.shipped import list_presets

# Fields of a request whose flags have other names.
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
        "reference", None, "The reference of all images, or a folder of references."
    )
    flags.DEFINE_bool("interval", False, "Add the interval of each score.")
    flags.DEFINE_bool("explain", False, "Add what is wrong with each image.")
    flags.DEFINE_string("map", None, "Folder to draw maps of quality into.")
    flags.DEFINE_string("output", None, "Where to write: a .csv or .jsonl file.")
    flags.DEFINE_bool("resume", False, "Continue from FILE.partial of --output.")
    flags.DEFINE_bool("overwrite", False, "Replace --output if it exists.")
    flags.DEFINE_string("shard", None, "Part of the images to score, such as 1/8.")
    flags.DEFINE_bool("follow_links", False, "Follow links to folders.")
    flags.DEFINE_bool("hidden", False, "Score hidden files, and those of the system.")
    flags.DEFINE_bool(
        "tolerate_truncation",
        False,
        "Score JPEG files that lack only their end marker; `notes` says so.",
    )
    flags.DEFINE_bool(
        "isolate", False, "Decode in child processes with limits on time and memory."
    )
    flags.DEFINE_enum(
        "icc",
        "srgb",
        ICC,
        "Colors with a profile: converted to sRGB, or used as stored.",
    )
    flags.DEFINE_enum(
        "coverage", None, COVERAGES, "Crops to score; as in training if unset."
    )
    flags.DEFINE_enum("runtime", "auto", RUNTIMES, "Runtime to use; see above.")
    flags.DEFINE_integer(
        "batch_size",
        16,
        "Rows between two flushes, and most images decoded ahead. No score depends"
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
    """Writes a row for every image; returns the exit status.

    Args:
        request: What to score, and how. The path `"-"` stands for the paths on
            standard input.
        output: `.csv` or `.jsonl` file, which is replaced; the terminal when None.
        flush_every: Rows between two flushes.
        resume: Whether to keep the rows in `FILE.partial` and score the other images.
        shard: Part of the images to score; all when None.
        rules: Which entries of folders to list.
    """
    from tfiqa.scoring.run import score_request
    from tfiqa.scoring.stored_metadata import bad_marks_line

    try:
        settings = settings_of(request)
        with claimed(
            output,
            settings,
            intervals=request.intervals,
            explained=request.explain,
            resume=resume,
        ) as target:
            skipped = Skipped()
            paths = listed(
                request.paths, standard_input=True, rules=rules, skipped=skipped
            )
            chosen = (
                path
                for path in paths
                if (shard is None or path in shard) and path not in target.done
            )
            rows = score_request(dataclasses.replace(request, paths=chosen))
            if line := bad_marks_line(request.model):
                print(printable(line), file=sys.stderr)
            return write_batch(
                map(dataclasses.asdict, rows),
                target,
                skipped,
                intervals=request.intervals,
                explained=request.explain,
                flush_every=flush_every,
            )
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


if __name__ == "__main__":
    command.run(define_flags, main)
