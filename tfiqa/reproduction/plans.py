"""The commands that give the numbers of a table, or a figure."""

import dataclasses
import hashlib
import json
import shlex
from collections.abc import Iterator
from collections.abc import Sequence

from tfiqa.reproduction import figures
from tfiqa.reproduction.making import Maker
from tfiqa.reproduction.predictors import PREDICTORS
from tfiqa.reproduction.predictors import Imported
from tfiqa.reproduction.predictors import Learned
from tfiqa.reproduction.predictors import Regressed
from tfiqa.reproduction.predictors import Scored
from tfiqa.reproduction.predictors import Training
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.setting import Step
from tfiqa.reproduction.setting import slug
from tfiqa.reproduction.targets import FIGURE
from tfiqa.reproduction.targets import TABLE
from tfiqa.reproduction.targets import TARGETS
from tfiqa.reproduction.targets import Target

# Further flags of `tfiqa.evaluate`, by protocol. The papers divide at random, also
# databases with an official division.
PROTOCOL_FLAGS: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("repeats", "repeats_per_distortion"), ("--divisions=random",)
)
# Sizes to which the papers resize images, by document and database.
SIZES = {
    ("hyperiqa", "bid"): "512x512",
    ("talk", "spaq"): "512",
    ("poster", "spaq"): "512",
    ("reiqa", "spaq"): "512",
    ("contentsep", "flive"): "512x512:sampled",
}

# Protocols whose rows are variants of one method, which they train themselves.
WHOLE = {"ablation": "hyperiqa"}


@dataclasses.dataclass(frozen=True)
class Job:
    """One run of commands: rows of one method on databases, or a figure.

    Attributes:
        target: The table or figure.
        method: The row of the table; of `WHOLE`, what is trained; empty for a figure.
        databases: The databases that are measured.
    """

    target: Target
    method: str = ""
    databases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """A name for people and files: `hyperiqa/table-1: brisque on clive`."""
        words = [self.target.key, self.method, ",".join(self.databases)]
        return " ".join(word for word in words if word)

    @property
    def plan(self) -> str:
        """The name of its plan, which jobs share that differ by database only."""
        if self.target.kind == FIGURE:
            return self.target.key
        return f"{self.target.protocol} {self.method}"

    def folder(self, setting: Setting) -> str:
        """Returns the folder of its results."""
        return f"{setting.output}/results/{slug(self.name)}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """The commands of a job, and what they read that none of them makes.

    Attributes:
        steps: The commands, in their order.
        datasets: Datasets, prepared or to be prepared.
        needs: Files and folders, `KIND:NAME` with the kind `files`, `weights` or
            `scores`.
    """

    steps: tuple[Step, ...]
    datasets: tuple[str, ...]
    needs: tuple[str, ...]


def jobs(target: Target) -> list[Job]:
    """Returns the jobs of a table or a figure, none of what is not run."""
    if target.kind == FIGURE:
        return [Job(target, databases=figures.FIGURES[target.key].databases)]
    if target.kind != TABLE:
        return []
    if target.protocol in WHOLE:
        return [Job(target, WHOLE[target.protocol], group) for group in target.groups]
    printed = {(number.method, number.dataset) for number in target.numbers()}
    return [
        Job(target, method, group)
        for method in target.methods()
        for group in target.groups
        if target.protocol == "waterloo"
        or any((method, database) in printed for database in group)
    ]


def plan_of(job: Job, setting: Setting) -> Plan:
    """Returns the commands of a job: prepare, train or convert, then measure.

    Each command precedes those that read what it makes; none occurs twice.
    """
    maker = Maker(setting)
    if job.target.kind == FIGURE:
        last = figures.FIGURES[job.target.key].steps(maker, job.folder(setting))
    else:
        last = [_measurement(job, maker)]
    ordered = dict.fromkeys([*maker.prepared(), *maker.steps, *last])
    return Plan(tuple(ordered), tuple(maker.datasets), tuple(maker.needs))


def fingerprint(plan: str) -> str:
    """Returns a digest of all commands of a plan, for all databases that it is for."""
    setting = Setting()
    lines = [
        digest(step)
        for job in all_jobs()
        if job.plan == plan
        for step in plan_of(job, setting).steps
    ]
    return _shortened(lines)


def digest(step: Step) -> str:
    """Returns a digest of a command and its arguments."""
    return _shortened([step.command, *step.arguments])


def _shortened(lines: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()[:12]


def all_jobs() -> Iterator[Job]:
    """Yields the jobs of all tables and figures."""
    for target in TARGETS.values():
        yield from jobs(target)


def _measurement(job: Job, maker: Maker) -> Step:
    """Returns the evaluation of a job; notes in `maker` what it reads."""
    protocol = job.target.protocol
    arguments = [f"--protocol={protocol}"]
    if protocol == "waterloo":
        arguments.append(maker.waterloo())
    else:
        arguments += [f"--dataset={maker.dataset(name)}" for name in job.databases]
    if protocol in WHOLE:
        arguments += _train_flags(_training(job.method), job, maker)
    else:
        arguments += _predictor(job, maker)
    document = job.target.key.partition("/")[0]
    for name in job.databases:
        if size := SIZES.get((document, name)):
            arguments.append(f"--image_size={name}={size}")
    arguments += PROTOCOL_FLAGS.get(protocol, ())
    return maker.evaluation(arguments, job.folder(maker.setting))


def _predictor(job: Job, maker: Maker) -> list[str]:
    """Returns the flags that name the predictor of a job; notes what they read."""
    name, row = job.method, PREDICTORS[job.method]
    waterloo = job.target.protocol == "waterloo"
    if isinstance(row, Imported):
        file = f"{slug(name)}-{'waterloo' if waterloo else job.databases[0]}.csv"
        maker.needs.append(f"scores:{file}")
        return [f"--scores={name}={maker.setting.files}/scores/{file}"]
    if isinstance(row, Scored):
        return [f"--model={name}={maker.made(row.scorer)}"]
    if isinstance(row, Regressed):
        return [f"--encoder={name}={maker.made(row.encoder)}"]
    if waterloo:
        return [f"--model={name}={maker.made_on_all(name, job.databases[0])}"]
    training = row.training
    return [
        f"--method={name}={training.method}",
        *_train_flags(training, job, maker),
    ]


def _train_flags(training: Training, job: Job, maker: Maker) -> list[str]:
    """Returns the flag of `tfiqa.evaluate` that holds those of `tfiqa.train`."""
    flags = maker.learning_flags(training, job.databases[0])
    return [f"--train_flags={shlex.join(flags)}"] if flags else []


def _training(name: str) -> Training:
    row = PREDICTORS[name]
    if not isinstance(row, Learned):
        raise TypeError(
            f"A method that learns from scores is expected. Received: {row}"
        )
    return row.training
