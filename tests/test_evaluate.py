"""Tests of the evaluating command."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from absl import app
from PIL import Image

import tfiqa
from tests.evaluation.conftest import flags_given as flags_given
from tests.evaluation.conftest import scorer_files as scorer_files
from tests.evaluation.conftest import splits_of
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import picture
from tests.support.toy_scorer import toy_scorer
from tfiqa import evaluate
from tfiqa import layers
from tfiqa.evaluation import request
from tfiqa.evaluation.cache import ScoreStore
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.inference import key_of
from tfiqa.scoring import references


@pytest.fixture
def given(monkeypatch, flags_given, tmp_path):
    """The flags of a run that succeeds: one scorer, one dataset, and a folder."""
    database = of_splits(splits_of(broken=("10-1.png",)))
    monkeypatch.setattr(request, "open_database", lambda *_, **__: database)
    toy_scorer(dataset="toy", mos_range=[0.0, 4.0]).save(tmp_path / "s.keras")
    flags_given.model, flags_given.protocol = [str(tmp_path / "s.keras")], []
    flags_given.split_seed, flags_given.seed = 3, 1
    monkeypatch.setattr("absl.flags.FLAGS", flags_given)
    return flags_given


def test_prints_and_writes_the_same_figures(given, capsys):
    assert evaluate.main(["evaluate"]) == 0

    told = capsys.readouterr().out
    folder = Path(given.output)
    whole = json.loads((folder / "results.json").read_text())
    (row,) = whole["rows"]
    srocc = row["figures"]["SROCC"]
    shown = f"{srocc['value']:.3f} [{srocc['low']:.3f}, {srocc['high']:.3f}]"
    assert f"toy      test  s       {shown}  " in told
    assert row["figures"]["PLCC (logistic)"]["value"] > 0.9
    assert "11  1 (1 undecodable)" in told
    assert (row["n"], row["failures"]) == (11, {"undecodable": 1})
    assert (whole["part"], whole["split_seed"], whole["seed"]) == ("test", 3, 1)
    assert whole["datasets"]["toy"]["fingerprint"] == "toy0123456789abcdef"
    assert len(whole["methods"]["s"]["sha256"]) == 12
    assert whole["hardware"]["cores"] >= 1
    assert whole["versions"]["tfiqa"] == tfiqa.__version__
    assert sorted(path.name for path in folder.iterdir()) == [
        *("cache", "predictions-toy-s.csv", "results.csv", "results.json"),
        "scatter-toy-s.png",
    ]
    with Image.open(folder / "scatter-toy-s.png") as drawing:
        assert drawing.width > 300


def test_a_second_run_looks_at_no_picture_again(given, monkeypatch, capsys):
    assert evaluate.main(["evaluate"]) == 0
    told = capsys.readouterr().out
    monkeypatch.setattr("tfiqa.evaluation.predictors._score_store", _store_anew)
    monkeypatch.setattr("tfiqa.evaluation.predictors.assess", None)
    assert evaluate.main(["evaluate"]) == 0
    assert capsys.readouterr().out == told


def _store_anew(subject, database, seed):
    return ScoreStore(subject.folder(seed) / f"{key_of(database)}.csv")


def test_a_scorer_of_another_scale_is_told(given, capsys, tmp_path):
    evaluate.main(["evaluate"])
    assert "of the RMSE" not in capsys.readouterr().out
    given.model = [str(tmp_path / "other.keras")]
    toy_scorer(mos_range=[1.0, 5.0], dataset="other").save(given.model[0])
    evaluate.main(["evaluate"])
    told = capsys.readouterr().out
    assert "MOS of other (1 to 5), not MOS: of the RMSE, only that after" in told


def test_predictions_are_written_picture_by_picture(given):
    evaluate.main(["evaluate"])
    path = Path(given.output) / "predictions-toy-s.csv"
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    test = splits_of().test
    assert [row["image_id"] for row in rows] == list(test.image_ids)
    assert [float(row["mos"]) for row in rows] == pytest.approx(test.mos.tolist())
    assert [i for i, row in enumerate(rows) if not row["prediction"]] == [5]
    assert rows[5]["status"] == "undecodable"


def test_pictures_are_compared_with_their_references(given, tmp_path, monkeypatch):
    """By `reference_id`; a content without a reference is missing."""
    both = [keras.Input((None, None, 3)) for _ in range(2)]
    apart = keras.layers.GlobalAveragePooling2D()(keras.ops.abs(both[0] - both[1]))
    score = 50 - keras.ops.mean(apart, axis=-1, keepdims=True)
    mos = layers.MOS(metadata=METADATA)(score, both[0])
    keras.Model(both, mos).save(tmp_path / "pairs.keras")
    (tmp_path / "ref").mkdir()
    for content in (9, 11):
        side = 24 + 8 * (content % 3)
        path = tmp_path / "ref" / f"{content:02d}.png"
        Image.fromarray(picture(0, side, 30)).save(path)
    given.model = [str(tmp_path / "pairs.keras")]
    given.reference = str(tmp_path / "ref")
    assert evaluate.main(["evaluate"]) == 0
    results = Path(given.output) / "results.json"
    (row,) = json.loads(results.read_text())["rows"]
    assert (row["n"], row["failures"]) == (8, {"missing": 4})
    first = float(row["figures"]["SROCC"]["value"])

    for path in (tmp_path / "ref").iterdir():  # Others are not taken for the same.
        pixels = np.asarray(Image.open(path))
        Image.fromarray(np.roll(255 - pixels, 3, axis=0)).save(path)
    references._read.cache_clear()
    assert evaluate.main(["evaluate"]) == 0
    (row,) = json.loads(results.read_text())["rows"]
    assert row["figures"]["SROCC"]["value"] != first


def test_references_for_a_scorer_that_takes_none(given, tmp_path, capsys):
    Image.fromarray(picture(0, 24, 30)).save(tmp_path / "reference.png")
    given.reference = str(tmp_path)
    assert evaluate.main(["evaluate"]) == 1
    assert "no --reference is expected" in capsys.readouterr().out


def test_a_missing_scorer_is_told_without_a_traceback(given, capsys):
    given.model = ["none.keras"]
    assert evaluate.main(["evaluate"]) == 1
    assert "Received: 'none.keras'" in capsys.readouterr().err


def test_a_dataset_that_is_unknown_is_told_without_a_traceback(
    given, monkeypatch, capsys
):
    monkeypatch.setattr(request, "open_database", open_database)
    given.dataset = ["nothing_like_it"]
    assert evaluate.main(["evaluate"]) == 1
    assert "nothing_like_it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"model": []}, "--scores are expected. Received: none"),
        ({"dataset": []}, "--pristine is expected. Received: none"),
    ],
)
def test_wrong_usage(given, changed, told):
    vars(given).update(changed)
    with pytest.raises(app.UsageError, match=told):
        evaluate.main(["evaluate"])


@pytest.mark.parametrize(
    ("seed", "told"),
    [("1", "toy"), ("-1", "--seed=-1: -1 is not a non-negative integer")],
)
def test_the_flags_are_those_that_are_read(tmp_path, seed, told):
    command = [sys.executable, "-m", "tfiqa.evaluate", "--model", "niqe"]
    command += ["--dataset", "toy", "--split", "all", "--split_seed", "2"]
    command += ["--logistic", "4,5", "--resamples", "9", "--data_dir", tmp_path]

    done = subprocess.run([*command, "--seed", seed], capture_output=True, text=True)

    assert done.returncode
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
