"""Runs the jobs of tables and figures; what has a finished result is skipped."""

import dataclasses
import datetime
import functools
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from tfiqa.reproduction import plans
from tfiqa.reproduction import starting
from tfiqa.reproduction import states
from tfiqa.reproduction.plans import Job
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.setting import Step
from tfiqa.reproduction.setting import slug

# Takes a command and returns its exit status.
Start = Callable[[Step], int]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes:
        job: The job.
        fault: Why it has no result: what is missing, or the command that failed; empty
            if it is finished.
        seconds: How long its commands took.
    """

    job: Job
    fault: str = ""
    seconds: float = 0.0


def run(
    jobs: Sequence[Job], setting: Setting, *, start: Start = starting.by_process
) -> Iterator[Outcome]:
    """Runs jobs one after another; yields the outcome of each.

    A job whose data or weights are missing is skipped; a command that fails ends its
    job, not the others. Commands that have succeeded before are not run again, and the
    others resume, so a run that was killed continues where it was.

    Args:
        jobs: The jobs.
        setting: Their folders and scale.
        start: Runs a command.
    """
    for job in jobs:
        state = states.state_of(job, setting, {})
        if state.missing:
            yield Outcome(job, str(state))
        elif state.word == states.FINISHED:
            yield Outcome(job)
        else:
            yield _run_job(job, setting, start)


def run_tiny(
    jobs: Sequence[Job], setting: Setting, *, record: Path, today: str | None = None
) -> Iterator[Outcome]:
    """Runs each distinct plan of some jobs once, on generated stand-ins.

    Plans that the record names as they are now are not run again.

    Args:
        jobs: The jobs; the first one of each plan is run.
        setting: The folders; everything is written below `tiny/` of the output.
        record: The file that receives the plans that succeed.
        today: The date for it; that of the clock by default.
    """
    setting = setting.tiny()
    today = today or datetime.date.today().isoformat()
    first: dict[str, Job] = {}
    for job in jobs:
        first.setdefault(job.plan, job)
    for job in first.values():
        if states.is_tried(job.plan, states.read_tried(record)):
            yield Outcome(job)
            continue
        log = Path(setting.output) / "logs" / f"{slug(job.plan)}.log"
        plan = plans.plan_of(job, setting)
        if starting.in_child(functools.partial(_write_stand_ins, plan, setting), log):
            yield Outcome(job, f"stand-ins failed, see {log}")
            continue
        outcome = _run_job(job, setting, functools.partial(starting.by_fork, log=log))
        if outcome.fault:
            yield dataclasses.replace(outcome, fault=f"{outcome.fault}, see {log}")
        else:
            states.write_tried(record, job.plan, today)
            yield outcome


def _run_job(job: Job, setting: Setting, start: Start) -> Outcome:
    begun = time.monotonic()
    made: list[str] = []  # Files of which commands that read them must be run again.
    for step in plans.plan_of(job, setting).steps:
        if states.is_finished(step, setting) and not step.reads(made):
            continue
        if step.makes:
            Path(step.makes).parent.mkdir(parents=True, exist_ok=True)
        status = start(step.afresh() if Path(step.makes).is_file() else step)
        if status:
            fault = f"{step.command} failed with the exit status {status}"
            return Outcome(job, fault, time.monotonic() - begun)
        if step.makes:
            states.mark(step, setting)
            made.append(step.makes)
    return Outcome(job, seconds=time.monotonic() - begun)


def _write_stand_ins(plan: plans.Plan, setting: Setting) -> None:
    from tfiqa.reproduction import stand_ins  # In the child, as it uses TensorFlow.

    stand_ins.write(setting, plan.datasets, plan.needs)
