"""Tests of the ablation command, with trainings that only note what they got."""

import csv
import json
import re

import pytest
from absl import flags
from absl.testing import flagsaver

from tfiqa import ablate


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs the command; returns its exit status and the lines of its trainings."""
    lines, broken = [], set()

    def trained(line, **options):
        lines.append(line)
        flat = dict(part.lstrip("-").split("=", 1) for part in line if "=" in part)
        values = [part[6:] for part in line if part.startswith("--set=")]
        if not broken.intersection(values):
            folder = tmp_path / flat["output"]
            folder.mkdir(parents=True, exist_ok=True)
            figure = {"value": 0.1 * len(lines), "low": 0.0, "high": 1.0}
            outcome = {"test": {"SROCC": figure}, "seconds": 2.04}
            (folder / "run.json").write_text(json.dumps({"outcome": outcome}))
        return type("Done", (), {"returncode": 0})

    monkeypatch.setattr(ablate.subprocess, "run", trained)
    before = set(flags.FLAGS)
    ablate.define_flags()

    @flagsaver.flagsaver
    def run(*arguments):
        lines.clear()
        given = ["--method", "reiqa", "--output", str(tmp_path / "a"), *arguments]
        return ablate.main(flags.FLAGS(["ablate", *given])), list(lines)

    run.broken = broken
    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


GRID = ("--grid", "n_aug=3,5", "--grid", "overlap=(0.1, 0.3),(0.3, 0.6)")


def rows(tmp_path):
    text = (tmp_path / "a" / "ablation.csv").read_text()
    return list(csv.DictReader(text.splitlines()))


def test_trains_every_point_of_the_grid(command, tmp_path, capsys):
    status, lines = command(*GRID, "--", "--dataset", "koniq10k")
    assert status == 0
    assert [line[-2:] for line in lines] == [
        [f"--set=n_aug={n}", f"--set=overlap={overlap}"]
        for n in (3, 5)
        for overlap in ((0.1, 0.3), (0.3, 0.6))
    ]
    assert lines[0][1:5] == ["-m", "tfiqa.train", "--method=reiqa", "--resume"]
    assert lines[0][6:8] == ["--dataset", "koniq10k"]
    assert len({line[5] for line in lines}) == 4
    found = rows(tmp_path)
    assert [row["n_aug"] for row in found] == ["3", "3", "5", "5"]
    assert [float(row["SROCC"]) for row in found] == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert found[0]["SROCC high"] == "1.0"
    assert found[0]["seconds"] == "2.0"
    shown = capsys.readouterr().out
    assert "0.300 [0.000, 1.000]" in shown
    assert "ablation.csv" in shown


def test_goes_on_with_what_is_missing(command, tmp_path):
    command.broken.add("n_aug=5")
    status, _ = command(*GRID)
    assert status == 1
    assert [row["status"] for row in rows(tmp_path)] == 2 * ["complete"] + 2 * [
        "failed"
    ]
    command.broken.clear()
    status, lines = command(*GRID)
    assert status == 0
    assert len(lines) == 2
    status, lines = command("--grid", "n_aug=3,5,7", *GRID[2:])
    assert len(lines) == 2
    assert len(rows(tmp_path)) == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--grid", "n_augs=3"], "Did you mean 'n_aug'"),
        (["--grid", "n_aug="], "--grid=n_aug="),
        (["--grid", "n_aug=1", "--grid", "n_aug=2"], "once.*--grid=n_aug=2"),
        (["--grid", "n_aug=1", "--", "--output=x"], "Received: --output"),
    ],
)
def test_wrong_usage(command, tmp_path, capsys, arguments, told):
    status, lines = command(*arguments)
    assert (status, lines) == (2, [])
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(told, line)


def test_a_folder_is_of_one_ablation(command, capsys):
    command(*GRID, "--", "--dataset=koniq10k")
    status, lines = command(*GRID, "--", "--dataset=clive")
    assert (status, lines) == (2, [])
    assert "koniq10k" in capsys.readouterr().err


def test_values_may_be_words_and_brackets():
    assert ablate.values_of("resnet18,vgg16,none") == ["resnet18", "vgg16", None]
    assert ablate.values_of("(1, 2),[3, 4],5") == [(1, 2), [3, 4], 5]
