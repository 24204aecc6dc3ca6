"""Lines that list the tables and figures: source, size, state, and their commands."""

import itertools
from collections.abc import Mapping
from collections.abc import Sequence

from tfiqa.data.builders import builder_of
from tfiqa.reproduction import plans
from tfiqa.reproduction import states
from tfiqa.reproduction.plans import Job
from tfiqa.reproduction.predictors import PREDICTORS
from tfiqa.reproduction.predictors import Learned
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.targets import TARGETS
from tfiqa.reproduction.targets import Target

# Trainings of a method on a database; `cross_database` trains once on each of its.
TRAININGS = {"repeats": 10, "repeats_per_distortion": 10, "ablation": 40}


def chosen(names: Sequence[str]) -> list[Target]:
    """Returns the targets of some names: `hyperiqa/table-1`, or all of `hyperiqa`.

    Raises:
        ValueError: If a name is unknown.
    """
    targets: dict[str, Target] = {}
    for name in names or ("",):
        found = {
            key: target
            for key, target in TARGETS.items()
            if name in ("", key, key.partition("/")[0])
        }
        if not found:
            raise ValueError(
                f"Tables and figures among {', '.join(TARGETS)}, or the part before "
                f"the slash, are expected. Received: {name!r}"
            )
        targets |= found
    return [target for target in TARGETS.values() if target.key in targets]


def lines(
    targets: Sequence[Target],
    setting: Setting,
    tried: Mapping[str, Mapping],
    *,
    jobs: bool = False,
) -> list[str]:
    """Returns what the targets are, their source, their size and their state.

    Args:
        targets: Tables and figures.
        setting: The folders.
        tried: Result of `states.read_tried`.
        jobs: Whether to add each job, with its state, and the papers' numbers.
    """
    result = []
    for target in targets:
        runs = plans.jobs(target)
        found = [states.state_of(job, setting, tried) for job in runs]
        result.append(f"{target.key} ({target.kind}): {target.title}")
        result.append(f"  source: {target.document}{_count(target)}")
        if runs and size(runs):
            result.append(f"  size: {size(runs)}")
        result.append(f"  state: {states.summary(target, found)}")
        if jobs:
            result += [
                f"    {job.name}: {s}" for job, s in zip(runs, found, strict=True)
            ]
            result += [
                f"    {n.method}, {n.dataset} {n.of}: {n.figure} {n.value} ({n.source})"
                for n in target.numbers()
            ]
    return result


def commands(targets: Sequence[Target], setting: Setting) -> list[str]:
    """Returns the commands of the targets for a shell, each once, with comments."""
    result: list[str] = []
    known: set[str] = set()
    for target in targets:
        result.append(f"# {target.key}: {target.title}")
        runs = plans.jobs(target)
        if not runs:
            result.append(f"# No commands: {states.summary(target, [])}.")
        for job in runs:
            result.append(f"# {job.name}")
            for step in plans.plan_of(job, setting).steps:
                if step.line not in known:
                    known.add(step.line)
                    result.append(step.line)
    return result


def size(runs: Sequence[Job]) -> str:
    """Returns the number of trainings and images of some jobs, for people.

    Generated images and files that are no datasets do not count.
    """
    setting = Setting()
    made: set[str] = set()
    rated: set[str] = set()
    unlabeled: set[str] = set()
    for job in runs:
        plan = plans.plan_of(job, setting)
        made |= {step.makes for step in plan.steps if step.command == "train"}
        rated |= set(job.databases)
        unlabeled |= set(plan.datasets)
    trainings = sum(_trainings(job) for job in runs)
    parts = {
        "shared trainings": len(made),
        "trainings of single rows": trainings,
        "rated images": _images(rated),
        "other images": _images(unlabeled - rated),
    }
    return ", ".join(f"{count:,} {what}" for what, count in parts.items() if count)


def _trainings(job: Job) -> int:
    protocol = job.target.protocol
    learns = isinstance(PREDICTORS.get(job.method), Learned)
    if not learns or protocol == "waterloo":
        return 0
    if protocol == "cross_database":
        return len(list(itertools.permutations(job.databases, 1)))
    return TRAININGS[protocol] * len(job.databases)


def _images(names: set[str]) -> int:
    own = {name.partition("/")[0]: name for name in names}
    return sum(builder_of(own[name]).facts.images for name in own if name != "danbooru")


def _count(target: Target) -> str:
    count = len(target.numbers())
    return f"; {count} numbers" if count else ""
