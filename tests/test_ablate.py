"""The ablation command: its flags, its table, its statuses."""

import re

import pytest
from absl import flags
from absl.testing import flagsaver

from tfiqa import ablate
from tfiqa.training import AblationResults
from tfiqa.training import TrainingRequest
from tfiqa.training import ablation


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs the command without trainings; returns its status and the request."""
    requests = []

    def run_ablation(request):
        ablation.grid_points(request)
        requests.append(request)
        return AblationResults(tuple(run.rows), tmp_path / "a" / "ablation.csv")

    monkeypatch.setattr(ablation, "run_ablation", run_ablation)
    before = set(flags.FLAGS)
    ablate.define_flags()

    @flagsaver.flagsaver
    def run(*arguments):
        requests.clear()
        given = ["--method", "reiqa", "--output", str(tmp_path / "a"), *arguments]
        status = ablate.main(flags.FLAGS(["ablate", *given]))
        return status, (requests or [None])[0]

    run.rows = []
    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


GRID = ("--grid", "n_aug=3,5", "--grid", "overlap=(0.1, 0.3),(0.3, 0.6)")
COMPLETE = {
    **{"n_aug": 3, "status": "complete", "SROCC": 0.3},
    **{"SROCC low": 0.0, "SROCC high": 1.0, "seconds": 2.0, "run": "runs/a"},
}


def test_flags_become_a_request(command, tmp_path):
    arguments = ("--dataset", "koniq10k", "--expert=quality")
    _, request = command(*GRID, "--", *arguments)
    expected = TrainingRequest(
        "reiqa", dataset="koniq10k", fields={"expert": "quality"}, verbose=2
    )
    assert request.training == expected
    assert request.grid == {"n_aug": [3, 5], "overlap": [(0.1, 0.3), (0.3, 0.6)]}
    assert request.folder == tmp_path / "a"
    assert request.arguments == arguments


def test_the_table_is_printed(command, capsys):
    command.rows = [COMPLETE, {"n_aug": 5, "status": "failed"}]
    status, _ = command(*GRID)
    assert status == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["n_aug", "status", "SROCC", "seconds"]
    assert "0.300 [0.000, 1.000]" in lines[2]
    assert lines[3].split() == ["5", "failed"]
    assert lines[-1].endswith("ablation.csv")


def test_complete_grids_succeed(command):
    command.rows = [COMPLETE]
    assert command(*GRID)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--grid", "n_augs=3"], "Did you mean 'n_aug'"),
        (["--grid", "n_aug="], "--grid=n_aug="),
        (["--grid", "n_aug=1", "--grid", "n_aug=2"], "once.*--grid=n_aug=2"),
        (["--grid", "n_aug=1", "--", "--output=x"], "Received: --output"),
        (["--grid", "n_aug=1", "--", "--learning_rate=1"], "learning_rate"),
        (["--grid", "n_aug=1", "--", "stray"], "stray"),
    ],
)
def test_wrong_usage(command, capsys, arguments, message):
    assert command(*arguments) == (2, None)
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert "Traceback" not in error


def test_values_may_be_words_and_brackets():
    assert ablate.parse_values("resnet18,vgg16,none") == ["resnet18", "vgg16", None]
    assert ablate.parse_values("(1, 2),[3, 4],5") == [(1, 2), [3, 4], 5]
