"""Whether a job can be run: what is missing, and whether its plan was tried."""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.data import prepared
from tfiqa.files import atomic
from tfiqa.reproduction import plans
from tfiqa.reproduction.plans import Job
from tfiqa.reproduction.plans import Plan
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.setting import slug
from tfiqa.reproduction.targets import SKETCH
from tfiqa.reproduction.targets import TABLE
from tfiqa.reproduction.targets import Target

# The plans whose tiny run succeeded, with the fingerprint that they had.
TRIED = Path(__file__).with_name("tried.json")
FINISHED, READY, UNTRIED = "finished", "ready", "untried"
NOTHING = "nothing to measure"
MISSING = {"files": "data", "scores": "data", "weights": "weights"}


@dataclasses.dataclass(frozen=True)
class State:
    """The state of a job.

    Attributes:
        word: `"finished"`, `"ready"`, `"untried"` if the tiny run of its plan has not
            succeeded since the plan changed, or `"data missing"`, `"weights missing"`.
        missing: What is missing: names of datasets, folders and files.
    """

    word: str
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        missing = ", ".join(self.missing)
        return f"{self.word}: {missing}" if missing else self.word


def read_tried(*files: Path) -> dict[str, dict[str, Any]]:
    """Returns the records of tiny runs by plan; later files replace earlier ones."""
    tried: dict[str, dict[str, Any]] = {}
    for file in files:
        if file.exists():
            tried |= json.loads(file.read_text())
    return tried


def write_tried(file: Path, plan: str, date: str) -> None:
    """Records that the tiny run of a plan has succeeded."""
    record = {"fingerprint": plans.fingerprint(plan), "date": date}
    file.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_json(file, dict(sorted({**read_tried(file), plan: record}.items())))


def state_of(job: Job, setting: Setting, tried: Mapping[str, Mapping]) -> State:
    """Returns the state of a job.

    Args:
        job: A job.
        setting: The folders.
        tried: Result of `read_tried`.
    """
    plan = plans.plan_of(job, setting)
    # Results outlive the data that they were measured on.
    if all(is_finished(step, setting) for step in plan.steps if not step.dataset):
        return State(FINISHED)
    missing = _missing(plan, setting)
    for word in ("data", "weights"):
        names = tuple(name for kind, name in missing if kind == word)
        if names:
            return State(f"{word} missing", names)
    return State(READY if is_tried(job.plan, tried) else UNTRIED)


def is_tried(plan: str, tried: Mapping[str, Mapping]) -> bool:
    """Returns whether the tiny run of a plan has succeeded since the plan changed."""
    record = tried.get(plan)
    return record is not None and record["fingerprint"] == plans.fingerprint(plan)


def summary(target: Target, states: list[State]) -> str:
    """Returns the states of the jobs of a target in a few words."""
    if not states:
        return NOTHING if target.kind == SKETCH else READY
    if len(states) == 1 and target.kind != TABLE:
        return str(states[0])
    parts = []
    for word in dict.fromkeys(state.word for state in states):
        of_word = [state for state in states if state.word == word]
        names = dict.fromkeys(name for state in of_word for name in state.missing)
        text = f"{len(of_word)} of {len(states)} {word}"
        parts.append(f"{text}: {', '.join(names)}" if names else text)
    return "; ".join(parts)


def is_finished(step: plans.Step, setting: Setting) -> bool:
    """Returns whether a command has left what it makes, and said so."""
    if step.dataset is not None:
        return prepared.is_prepared(step.dataset, data_dir=setting.data)
    path = marker(step, setting)
    if not (Path(step.makes).exists() and path.exists()):
        return False
    return json.loads(path.read_text())["command"] == step.line


def mark(step: plans.Step, setting: Setting) -> None:
    """Records that a command has made its file."""
    path = marker(step, setting)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_json(path, {"command": step.line})


def marker(step: plans.Step, setting: Setting) -> Path:
    """Returns the file that names the command that has made the file of a step."""
    name = os.path.relpath(step.makes, setting.output)
    return Path(setting.output) / "finished" / f"{slug(name)}.json"


def _missing(plan: Plan, setting: Setting) -> list[tuple[str, str]]:
    """Returns what a plan reads and is not there, as kind and name."""
    missing = []
    files = Path(setting.files)
    for name in plan.datasets:
        there = prepared.is_prepared(name, data_dir=setting.data)
        if not (there or _has_files(files / name.partition("/")[0])):
            missing.append(("data", name))
    folders = {"files": files, "scores": files / "scores"}
    folders["weights"] = Path(setting.weights)
    for need in dict.fromkeys(plan.needs):
        kind, _, name = need.partition(":")
        if not _has_files(folders[kind] / name):
            missing.append(
                (MISSING[kind], f"scores/{name}" if kind == "scores" else name)
            )
    return missing


def _has_files(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))
