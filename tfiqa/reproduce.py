"""Makes the tables and figures of the papers again, ours beside theirs.

python -m tfiqa.reproduce --list                    # all, and what is missing for each
python -m tfiqa.reproduce hyperiqa/table-1 --plan   # the commands
python -m tfiqa.reproduce hyperiqa/table-1          # run them, write a page
python -m tfiqa.reproduce --scale=tiny              # every plan, on stand-ins

TABLE is a name of --list, or the part before its slash, for all of one paper; without
one, everything. The published files of the databases are expected in --manual_dir, one
folder NAME/ each, in the layout of `datasets/NAME/README.md`; also `pristine/` with
pristine photographs, and `scores/` with tables of tools that are not in this package.
Official models are expected in --weights_dir. A table whose files are missing is
listed with their names, and the others run.

The commands are those that --plan prints: they prepare, train and evaluate, below
--output. What has a finished result is skipped, so a run that was killed continues.
`index.html` and `reproduction.json` in --output show our results, the papers', the
difference, the interval, and whether the paper's number is inside.

--scale=tiny runs each distinct plan once, with small networks on generated stand-ins
for the databases, below `tiny/` of --output. It shows that the commands work together;
its numbers mean nothing. A table is called ready only if its plan has succeeded so and
has not changed since; --record names the file that notes it.

Exit status: 0 if all was reproduced, 1 if nothing was, 2 for wrong flags, 3 if some was
not.
"""

import sys
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.status import Status

if TYPE_CHECKING:
    from tfiqa.reproduction.execution import Outcome
    from tfiqa.reproduction.plans import Job
    from tfiqa.reproduction.setting import Setting

SCALES = ("paper", "tiny")  # A copy, which costs no import; a test compares them.


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_bool("list", False, "List tables and figures; run nothing.")
    flags.DEFINE_bool("plan", False, "Print the commands; run nothing.")
    flags.DEFINE_enum("scale", "paper", SCALES, "Size of the runs.")
    flags.DEFINE_string("manual_dir", "files", "Folder of the published files.")
    flags.DEFINE_string("weights_dir", "weights", "Folder of official models.")
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_string("output", "runs/reproduce", "Folder of all results.")
    flags.DEFINE_string(
        "record",
        None,
        "File that notes the plans that succeed at tiny scale; by default "
        "`tried.json` in --output.",
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    from tfiqa.reproduction import listing
    from tfiqa.reproduction import states
    from tfiqa.reproduction.setting import Setting

    try:
        targets = listing.chosen(argv[1:])
    except ValueError as error:
        raise app.UsageError(str(error), Status.USAGE) from error
    setting = Setting(
        *(values.manual_dir, values.weights_dir, values.output, values.data_dir)
    )
    record = Path(values.record or f"{values.output}/tried.json")
    if values.list:
        tried = states.read_tried(states.TRIED, record)
        named = len(argv) > 1
        print("\n".join(listing.lines(targets, setting, tried, jobs=named)))
        return Status.OK
    if values.plan:
        shown = setting.tiny() if values.scale == "tiny" else setting
        print("\n".join(listing.commands(targets, shown)))
        return Status.OK
    from tfiqa.reproduction import plans

    jobs = [job for target in targets for job in plans.jobs(target)]
    tiny = values.scale == "tiny"
    with command.terminable():
        outcomes = report(_run(jobs, setting, record, tiny=tiny))
    from tfiqa.reproduction import page

    shown = setting.tiny() if tiny else setting
    print(f"Written to {page.write_page(targets, outcomes, shown)}")
    finished = sum(not outcome.fault for outcome in outcomes)
    return status.of_counts(finished, len(outcomes))


def _run(
    jobs: "Sequence[Job]", setting: "Setting", record: Path, *, tiny: bool
) -> "Iterable[Outcome]":
    from tfiqa.reproduction import execution

    if not tiny:
        return execution.run(jobs, setting)
    from tfiqa.reproduction import starting

    starting.preload()
    return execution.run_tiny(jobs, setting, record=record)


def report(outcomes: "Iterable[Outcome]") -> "list[Outcome]":
    """Prints a line for each outcome; returns all."""
    done = []
    for outcome in outcomes:
        done.append(outcome)
        word = outcome.fault or f"finished in {outcome.seconds:.0f} s"
        print(f"{outcome.job.name}: {word}", file=sys.stderr, flush=True)
    return done


if __name__ == "__main__":
    command.run(define_flags, main)
