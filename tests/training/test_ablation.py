"""Grids of trainings, with trainings that only note what they are asked for."""

import csv
import dataclasses
import json

import pytest

from tests.support.prepared_data import NAME
from tfiqa.training import AblationRequest
from tfiqa.training import TrainedRun
from tfiqa.training import TrainingRequest
from tfiqa.training.ablation import run_ablation

GRID = {"n_aug": [3, 5], "overlap": [(0.1, 0.3), (0.3, 0.6)]}


@pytest.fixture
def ablate(tmp_path):
    """Runs a grid of Re-IQA; returns its results and the requests of its trainings."""
    requests = []

    def train(request):
        requests.append(request)
        error = ablate.errors.get(request.fields["n_aug"])
        if error is not None:
            raise error
        request.output.mkdir(parents=True, exist_ok=True)
        figure = {"value": 0.1 * len(requests), "low": 0.0, "high": 1.0}
        outcome = {"test": {"SROCC": figure}, "seconds": 2.04}
        (request.output / "run.json").write_text(json.dumps({"outcome": outcome}))
        return TrainedRun(None, request.output)

    def ablate(grid=GRID, **changes):
        requests.clear()
        training = TrainingRequest("reiqa", **{"dataset": "koniq10k", **changes})
        request = AblationRequest(training, grid, tmp_path / "a")
        return run_ablation(request, train=train), list(requests)

    ablate.errors = {}
    return ablate


def rows(tmp_path):
    text = (tmp_path / "a" / "ablation.csv").read_text()
    return list(csv.DictReader(text.splitlines()))


def test_every_point_is_trained(ablate, tmp_path):
    results, requests = ablate(fields={"expert": "quality"})
    assert results.complete == 4
    assert [request.fields for request in requests] == [
        {"expert": "quality", "n_aug": n, "overlap": overlap}
        for n in (3, 5)
        for overlap in ((0.1, 0.3), (0.3, 0.6))
    ]
    assert all(request.resume for request in requests)
    assert {request.dataset for request in requests} == {"koniq10k"}
    assert len({request.output for request in requests}) == 4
    result = rows(tmp_path)
    assert [row["n_aug"] for row in result] == ["3", "3", "5", "5"]
    assert [float(row["SROCC"]) for row in result] == pytest.approx(
        [0.1, 0.2, 0.3, 0.4]
    )
    assert result[0]["SROCC high"] == "1.0"
    assert result[0]["seconds"] == "2.0"


@pytest.mark.parametrize("error", [ValueError("no such"), RuntimeError("no memory")])
def test_a_failing_point_does_not_end_the_grid(ablate, tmp_path, capsys, error):
    ablate.errors[3] = error
    results, requests = ablate()
    assert len(requests) == 4
    assert results.complete == 2
    assert str(error) in capsys.readouterr().err
    statuses = [row["status"] for row in rows(tmp_path)]
    assert statuses == 2 * ["failed"] + 2 * ["complete"]


def test_what_is_missing_is_trained(ablate, tmp_path):
    ablate.errors[5] = OSError("disk full")
    ablate()
    ablate.errors.clear()
    results, requests = ablate()
    assert results.complete == 4
    assert [request.fields["n_aug"] for request in requests] == [5, 5]
    _, requests = ablate({**GRID, "n_aug": [3, 5, 7]})
    assert [request.fields["n_aug"] for request in requests] == [7, 7]
    assert len(rows(tmp_path)) == 6


def test_a_grid_that_was_killed_continues(ablate):
    ablate.errors[5] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        ablate()
    ablate.errors.clear()
    results, requests = ablate()
    assert results.complete == 4
    assert len(requests) == 2


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ({"n_augs": [3]}, "Did you mean 'n_aug'"),
        ({"n_aug": []}, "Values are expected for `n_aug`"),
    ],
)
def test_wrong_grids_are_refused(ablate, tmp_path, grid, message):
    with pytest.raises(ValueError, match=message):
        ablate(grid)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_of_one_ablation(ablate, tmp_path):
    ablate()
    record = json.loads((tmp_path / "a" / "ablation.json").read_text())
    assert record == {"method": "reiqa", "arguments": ["--dataset=koniq10k"]}
    with pytest.raises(ValueError, match=r"koniq10k.*clive"):
        ablate(dataset="clive")


def test_points_are_trained_in_this_process(scored_data_dir, tmp_path, capsys):
    """Two real runs, and one that cannot be: tiles must have 32 pixels."""
    training = TrainingRequest(
        "linear_probe",
        dataset=NAME,
        data_dir=scored_data_dir,
        recipe="quick",
        fields={"scales": 1},
        verbose=0,
    )
    request = AblationRequest(training, {"tile_size": [32, 8, 48]}, tmp_path / "a")
    results = run_ablation(request)
    statuses = [row["status"] for row in results.rows]
    assert statuses == ["complete", "failed", "complete"]
    assert "`tile_size` must be at least 32" in capsys.readouterr().err
    assert all(-1 <= row["SROCC"] <= 1 for row in results.rows[::2])
    again = run_ablation(
        dataclasses.replace(request, grid={"tile_size": [32, 48]}),
        train=lambda request: pytest.fail(f"trained again: {request}"),
    )
    assert again.complete == 2
