"""States, runs that resume, and the page of results."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests.support import forked
from tfiqa.data.load import load
from tfiqa.reproduction import comparison
from tfiqa.reproduction import execution
from tfiqa.reproduction import page
from tfiqa.reproduction import plans
from tfiqa.reproduction import stand_ins
from tfiqa.reproduction import starting
from tfiqa.reproduction import states
from tfiqa.reproduction.predictors import MADE
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.targets import TARGETS

JOBS = {job.name: job for job in plans.all_jobs()}
JOB = JOBS["contentsep/table cornia (unsupervised) clive"]
ORDER = ["prepare", "prepare", "train", "train", "evaluate"]


@pytest.fixture
def setting(tmp_path):
    """Folders with the published files that `JOB` reads, which are none."""
    for name in ("clive", "csiq", "pristine"):
        (tmp_path / "files" / name).mkdir(parents=True)
        (tmp_path / "files" / name / "x.png").write_bytes(b"x")
    return Setting(
        *(str(tmp_path / one) for one in ("files", "weights", "out", "data"))
    )


class Commands:
    """Stands for starting commands: notes them, and leaves what they make.

    Like `tfiqa.train`, it resumes no training that is complete.
    """

    def __init__(self, monkeypatch, *, fails=(), killed_at=None):
        self.done = []
        self.prepared = set()
        self.fails, self.killed_at = fails, killed_at
        monkeypatch.setattr(
            states.prepared, "is_prepared", lambda name, **_: name in self.prepared
        )

    def __call__(self, step):
        if len(self.done) == self.killed_at:
            raise KeyboardInterrupt
        self.done.append(step.command)
        if "--resume" in step.arguments and Path(step.makes).exists():
            return 2
        if step.command in self.fails:
            return 3
        if step.dataset:
            self.prepared.add(step.dataset)
        else:
            Path(step.makes).write_text('{"rows": []}')
        return 0


def test_what_is_missing_is_named(setting, tmp_path):
    empty = Setting(*(str(tmp_path / one) for one in ("f", "w", "o", "d")))
    assert str(states.state_of(JOB, empty, {})) == (
        "data missing: clive, csiq, pristine"
    )
    imported = JOBS["hyperiqa/table-1 biecon clive"]
    state = states.state_of(imported, setting, {})
    assert str(state) == "data missing: scores/biecon-clive.csv"
    niqe = JOBS["contentsep/table niqe clive"]
    assert str(states.state_of(niqe, setting, {})) == (
        "weights missing: niqe/modelparameters.mat"
    )


def test_a_job_is_ready_only_while_its_plan_is_the_one_that_was_tried(
    setting, tmp_path, monkeypatch
):
    record = tmp_path / "tried.json"
    assert states.state_of(JOB, setting, {}).word == "untried"
    states.write_tried(record, JOB.plan, "2026-01-01")
    tried = states.read_tried(record)
    assert states.state_of(JOB, setting, tried).word == "ready"
    monkeypatch.setitem(plans.PROTOCOL_FLAGS, "unsupervised", ("--seed=1",))
    assert states.state_of(JOB, setting, tried).word == "untried"


def test_the_record_of_the_package_names_plans_that_exist():
    plan_names = {job.plan for job in JOBS.values()}
    assert set(states.read_tried(states.TRIED)) <= plan_names


def test_a_killed_run_resumes_and_a_finished_one_is_skipped(setting, monkeypatch):
    commands = Commands(monkeypatch, killed_at=3)
    with pytest.raises(KeyboardInterrupt):
        list(execution.run([JOB], setting, start=commands))
    assert commands.done == ORDER[:3]
    commands.killed_at = None
    (outcome,) = execution.run([JOB], setting, start=commands)
    assert commands.done == ORDER
    assert not outcome.fault
    assert states.state_of(JOB, setting, {}).word == "finished"
    list(execution.run([JOB], setting, start=commands))
    assert commands.done == ORDER
    # What was measured on an encoder is measured again on another one.
    with monkeypatch.context() as patched:
        row = dataclasses.replace(MADE["cornia"], recipe="search")
        patched.setitem(MADE, "cornia", row)
        list(execution.run([JOB], setting, start=commands))
    assert commands.done[5:] == ["train", "train", "evaluate"]
    # Results of other commands than those of the plan are not finished.
    monkeypatch.setitem(plans.PROTOCOL_FLAGS, "unsupervised", ("--seed=1",))
    list(execution.run([JOB], setting, start=commands))
    assert commands.done[8:] == ["train", "train", "evaluate"]
    # Results outlive the data.
    commands.prepared.clear()
    assert states.state_of(JOB, setting, {}).word == "finished"


def test_only_what_reads_a_new_file_is_run_again(setting, monkeypatch):
    commands = Commands(monkeypatch)
    job = JOBS["hyperiqa/figure-4 live"]
    steps = plans.plan_of(job, setting).steps
    trainings = [step for step in steps if step.command == "train"]
    names = [Path(step.makes).parent.name for step in trainings]
    assert names == ["hyperiqa-of-live", "gm-log-of-live", "dbcnn", "dbcnn-of-live"]
    for step in trainings[1:]:
        Path(step.makes).parent.mkdir(parents=True)
        Path(step.makes).touch()
        states.mark(step, setting)
    execution._run_job(job, setting, commands)
    assert commands.done == ["prepare"] * 3 + ["train", "evaluate"]
    # `dbcnn-of-live` learns from `dbcnn`.
    Path(trainings[2].makes).unlink()
    execution._run_job(job, setting, commands)
    assert commands.done[5:] == ["train", "train", "evaluate"]


def test_a_command_that_fails_ends_its_job_alone(setting, monkeypatch):
    commands = Commands(monkeypatch, fails=("train",))
    jobs = [JOB, JOBS["contentsep/table niqe clive"]]
    first, second = execution.run(jobs, setting, start=commands)
    assert first.fault == "train failed with the exit status 3"
    assert second.fault.startswith("weights missing")
    assert commands.done == ORDER[:3]


def row(method, dataset, value, low, high, *, protocol="repeats", of="median of 10"):
    figures = {"SROCC": {"value": value, "low": low, "high": high}}
    return {
        **{"protocol": protocol, "dataset": dataset, "method": method, "of": of},
        **{"figures": figures, "interval": "range over divisions"},
    }


def test_ours_stand_beside_the_numbers_that_they_are_of():
    target = TARGETS["poster/table"]
    rows = [
        row("brisque", "koniq10k", 0.7, 0.66, 0.72),
        row("brisque", "kadid10k", 0.5, 0.45, 0.55),
        row("hosa", "koniq10k", 0.8, None, None),
        row("niqe", "koniq10k", 0.9, 0.8, 1.0, protocol="unsupervised"),
    ]
    numbers = {(n.method, n.dataset): n for n in target.numbers()}
    cells = {
        key: comparison.cell_of(number, rows, target) for key, number in numbers.items()
    }
    brisque = cells["brisque", "koniq10k"]  # 0.665 in the paper.
    assert (brisque.inside, brisque.difference) == (True, pytest.approx(0.035))
    assert cells["brisque", "kadid10k"].inside is True  # 0.528.
    assert cells["hosa", "koniq10k"].inside is None
    assert not cells["niqe", "koniq10k"].measured
    assert np.isnan(cells["contrique", "kadid10k"].difference)
    outside = comparison.cell_of(
        numbers["brisque", "koniq10k"],
        [row("brisque", "koniq10k", 0.6, 0.5, 0.66)],
        target,
    )
    assert outside.inside is False


def test_the_page_shows_ours_and_what_is_missing(setting):
    job = JOBS["poster/table brisque koniq10k"]
    folder = Path(job.folder(setting))
    folder.mkdir(parents=True)
    rows = [row("brisque", "koniq10k", 0.7, 0.66, 0.72)]
    (folder / "results.json").write_text(json.dumps({"rows": rows}))
    outcome = execution.Outcome(
        JOBS["poster/table niqe koniq10k"], "weights missing: x"
    )
    targets = [TARGETS["poster/table"], TARGETS["hyperiqa/koniq-databases"]]
    text = page.write_page(targets, [outcome], setting).read_text()
    assert "0.700 [0.660, 0.720] range over divisions" in text
    assert "+0.035</td><td>yes" in text
    assert "weights missing: x" in text
    assert "94880" in text
    assert page.TINY not in text
    content = json.loads((Path(setting.output) / "reproduction.json").read_text())
    cells = content["tables"]["poster/table"]
    assert len(cells) == 14
    assert cells[0]["inside"] is True
    assert cells[0]["source"] == "Madhusudana et al., TIP 2022 (poster), table"
    assert cells[1]["ours"] is None
    tiny = setting.tiny()
    assert page.TINY in page.write_page(targets, [], tiny).read_text()


def test_a_stand_in_has_the_columns_of_its_database(tmp_path):
    stand_ins.write_dataset("koniq10k", str(tmp_path))
    stand_ins.write_dataset("csiq", str(tmp_path))
    parts = load("koniq10k", data_dir=tmp_path)
    assert min(part.count for part in (parts.train, parts.validation, parts.test)) >= 5
    csiq = load("csiq", data_dir=tmp_path).train
    example = next(csiq.examples.as_numpy_iterator())
    assert example["distortion"].decode() in stand_ins.types_of("csiq")
    assert len(stand_ins.types_of("csiq")) == 6
    assert csiq.mos_range == (0.0, 1.0)
    assert np.ptp(csiq.scores) > 0.5


FORK = """
import sys
from pathlib import Path
from tfiqa.reproduction import starting
from tfiqa.reproduction.setting import Step

log = Path(sys.argv[1])
codes = [
    starting.by_fork(Step("prepare", ("--no_such_flag",), ""), log),
    starting.by_fork(Step("reproduce", ("--list", "hyperiqa/demo"), ""), log),
]
print(codes)
"""


def test_commands_run_in_forks_with_flags_of_their_own(tmp_path):
    done = forked.run("-c", FORK, tmp_path / "log.txt")
    assert done.stdout == "[2, 0]\n", done.stderr
    assert "hyperiqa/demo (figure)" in (tmp_path / "log.txt").read_text()
    assert starting.by_process(plans.Step("prepare", ("--no_such_flag",), "")) == 2
