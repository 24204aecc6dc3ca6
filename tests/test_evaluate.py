"""Tests of the evaluating command."""

import csv
import json
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.toy_scorer import METADATA
from tests.toy_scorer import toy_scorer
from tests.toy_source import toy_source
from tfiqa import evaluate
from tfiqa.data.load import Splits
from tfiqa.data.load import load
from tfiqa.evaluation import single

SPLITS = Splits(
    train=toy_source(8),
    validation=toy_source(5),
    test=toy_source(12, broken={2: b"no picture"}),
    fingerprint="abc",
)

# What is asked for beyond the simple use: nothing.
MORE = {name: [] for name in ("encoder", "method", "scores", "protocol", "labels")} | {
    "report": None,
    "cache": None,
    "pristine": None,
}


@pytest.fixture
def given(monkeypatch, tmp_path):
    """The flags of a run that succeeds."""
    toy_scorer(mos_range=[0.0, 27.0]).save(tmp_path / "s.keras")
    monkeypatch.setattr(single, "RESAMPLES", 50)
    monkeypatch.setattr(evaluate, "load", lambda *_, **__: SPLITS)
    given = types.SimpleNamespace(
        model=[str(tmp_path / "s.keras")],
        dataset=["toy"],
        **MORE,
        data_dir=None,
        split="test",
        split_seed=3,
        seed=1,
        reference=None,
        output=str(tmp_path / "results"),
    )
    monkeypatch.setattr("absl.flags.FLAGS", given)
    return given


def test_prints_and_writes_the_same_figures(given, capsys):
    assert evaluate.main(["evaluate"]) == 0

    told = capsys.readouterr().out
    folder = Path(given.output)
    summary = json.loads((folder / "metrics.json").read_text())
    srocc = summary["figures"]["SROCC"]
    shown = f"SROCC {srocc['value']:.3f} [{srocc['low']:.3f}, {srocc['high']:.3f}]"
    assert " ".join(told.splitlines()[0].split()) == shown
    assert summary["logistic"]["parameters"] == 4
    assert len(summary["logistic"]["coefficients"]) == 4
    assert summary["figures"]["PLCC (logistic)"]["value"] > 0.9
    assert "11 scored, 1 not scored (1 undecodable)" in told
    assert (summary["n_scored"], summary["n_not_scored"]) == (11, 1)
    assert summary["failures"] == {"undecodable": 1}
    assert (summary["split"], summary["split_seed"], summary["seed"]) == ("test", 3, 1)
    assert summary["fingerprint"] == "abc"
    assert summary["scorer"] == {**METADATA, "mos_range": [0.0, 27.0]}
    assert summary["versions"]["numpy"] == np.__version__
    assert summary["versions"]["tfiqa"] == tfiqa.__version__
    assert sorted(path.name for path in folder.iterdir()) == [
        "metrics.json",
        "predictions.csv",
        "scatter.png",
    ]
    with Image.open(folder / "scatter.png") as drawing:
        assert drawing.width > 300


def test_a_scorer_of_another_scale_is_told(given, capsys):
    evaluate.main(["evaluate"])
    assert "of the RMSE" not in capsys.readouterr().out
    toy_scorer(mos_range=[1.0, 5.0], dataset="other").save(given.model[0])
    evaluate.main(["evaluate"])
    told = capsys.readouterr().out
    assert "MOS of other (1 to 5), not MOS: of the RMSE, only that after" in told


def test_predictions_are_written_picture_by_picture(given):
    evaluate.main(["evaluate"])
    with open(Path(given.output) / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["image_id"] for row in rows] == list(SPLITS.test.image_ids)
    assert [float(row["mos"]) for row in rows] == SPLITS.test.mos.tolist()
    assert [i for i, row in enumerate(rows) if not row["prediction"]] == [2]
    assert rows[2]["status"] == "undecodable"
    contrast = [float(row["prediction"] or "nan") for row in rows[:10]]
    assert np.nanargmin(contrast) == 0


def test_all_is_the_three_parts_in_order():
    whole = single.part(SPLITS, "all")
    parts = (SPLITS.train, SPLITS.validation, SPLITS.test)
    assert whole.count == 25
    assert whole.image_ids == sum((part.image_ids for part in parts), ())
    assert whole.mos.tolist() == [mos for part in parts for mos in part.mos]
    mos = [float(row["mos"]) for row in whole.examples.as_numpy_iterator()]
    assert mos == whole.mos.tolist()


@pytest.mark.parametrize("name", ["train", "validation", "test"])
def test_parts_go_by_their_names(name):
    assert single.part(SPLITS, name) is getattr(SPLITS, name)


def test_undefined_figures_are_null_in_json(given):
    SPLITS_OF_ONE = Splits(*[toy_source(1)] * 3, fingerprint="")
    result = single.evaluated(toy_scorer(), SPLITS_OF_ONE.test, seed=0)
    summary = json.loads(json.dumps(single.summarized(result), allow_nan=False))
    assert summary["figures"]["SROCC"] == {"value": None, "low": None, "high": None}
    assert summary["figures"]["RMSE"]["value"] > 0
    assert summary["logistic"]["coefficients"] is None
    assert summary["hints"] == [
        "No logistic fit, raw values instead: 1 different predictions, 5 are needed."
    ]


def test_a_missing_scorer_is_told_without_a_traceback(given, capsys):
    given.model = ["none.keras"]
    assert evaluate.main(["evaluate"]) == 1
    assert "path=none.keras" in capsys.readouterr().err


def test_a_dataset_that_is_unknown_is_told_without_a_traceback(
    given, monkeypatch, capsys
):
    monkeypatch.setattr(evaluate, "load", load)
    given.dataset = ["nothing_like_it"]
    assert evaluate.main(["evaluate"]) == 1
    assert "nothing_like_it" in capsys.readouterr().err


def test_the_flags_are_those_that_are_read():
    command = [sys.executable, "-m", "tfiqa.evaluate", "--model", "none.keras"]
    command += [
        "--dataset",
        "toy",
        "--split",
        "all",
        "--split_seed",
        "2",
        "--seed",
        "1",
    ]
    command += ["--data_dir", "x", "--output", "y"]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 1
    assert "path=none.keras" in done.stderr
    assert "Traceback" not in done.stderr
