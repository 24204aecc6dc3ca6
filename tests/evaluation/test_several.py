"""Tests of methods on databases by protocols, from flags to files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.conftest import splits_of
from tfiqa import metrics
from tfiqa.evaluation import several
from tfiqa.evaluation import single
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.named import named


@pytest.fixture(autouse=True)
def databases(monkeypatch):
    """Two databases, of which one picture is broken."""
    opened = {
        "toy": of_splits(splits_of(broken=("10-1.png",))),
        "other": of_splits(splits_of("other", first=20)),
    }
    monkeypatch.setattr(several, "open_database", lambda name, **_: opened[name])
    monkeypatch.setattr(single, "RESAMPLES", 50)
    return opened


def found_in(folder):
    with open(Path(folder) / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads((Path(folder) / "results.json").read_text()), rows


def test_one_line_measures_everything_on_everything(flags_given, scorer_files, capsys):
    flags_given.model.append(f"mine={scorer_files / 'second.keras'}")
    flags_given.encoder = [str(scorer_files / "first.keras")]
    flags_given.dataset = ["toy", "other"]
    flags_given.protocol = [
        *("split", "unsupervised", "repeats", "per_distortion"),
        *("cross_database", "label_efficiency", "gmad"),
    ]
    flags_given.labels = ["8", "20"]
    assert several.main(flags_given) == 0

    told = capsys.readouterr().out
    whole, rows = found_in(flags_given.output)
    assert {row["protocol"] for row in rows} == set(flags_given.protocol)
    names = {"first", "mine", "ridge on first"}
    split = [r for r in rows if r["protocol"] == "split" and r["figure"] == "SROCC"]
    assert {(r["dataset"], r["method"]) for r in split} == {
        (dataset, name) for dataset in ("toy", "other") for name in names
    }
    broken = next(r for r in split if r["dataset"] == "toy" and r["method"] == "mine")
    assert (broken["n"], broken["n_not_scored"]) == ("11", "1")
    assert broken["failures"] == "undecodable: 1"
    assert "1 (1 undecodable)" in told
    crossed = [r for r in rows if r["protocol"] == "cross_database"]
    assert {(r["method"], r["dataset"], r["of"]) for r in crossed} == {
        ("first", "other", "trained on toy"),
        ("mine", "toy", "trained on other"),
        ("ridge on first", "other", "trained on toy"),
        ("ridge on first", "toy", "trained on other"),
    }
    assert whole["versions"]["numpy"] == np.__version__
    assert whole["hardware"]["cores"] >= 1
    assert whole["seeds"] == [0, 1]
    assert whole["datasets"]["toy"]["pictures"] == 48
    assert len(whole["methods"]["first"]["sha256"]) == 12
    assert len(whole["significance"]) == 6
    assert whole["label_efficiency"]["toy"]["ridge on first"]["labels"] == [8, 20]
    assert len(whole["gmad"]) == 6
    assert "first is one scorer for all divisions" in told
    assert "unsupervised: ridge on first learns from scores" in told


def test_figures_are_those_of_the_predictions(flags_given, databases):
    several.main(flags_given)
    _, rows = found_in(flags_given.output)
    path = Path(flags_given.output) / "predictions-toy-first.csv"
    with open(path, newline="") as file:
        lines = [row for row in csv.DictReader(file) if row["status"] == "ok"]
    pair = ([float(line[key]) for line in lines] for key in ("prediction", "mos"))
    srocc = next(r for r in rows if r["figure"] == "SROCC")
    assert float(srocc["value"]) == pytest.approx(metrics.srocc(*pair), abs=1e-6)
    assert float(srocc["low"]) <= float(srocc["value"]) <= float(srocc["high"])


def test_scores_of_another_tool_of_the_wrong_direction(flags_given, tmp_path, capsys):
    """They are shown as they are, negative, with a hint; missing ones are counted."""
    lines = [
        f"{c:02d}-{level}.png,{-level - c / 9}" for c in (9, 11) for level in range(4)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["image_id,score", *lines]) + "\n")
    flags_given.model, flags_given.scores = [], [f"theirs={tmp_path / 't.csv'}"]
    several.main(flags_given)
    told = capsys.readouterr().out
    _, rows = found_in(flags_given.output)
    assert float(rows[0]["value"]) < -0.9
    assert rows[0]["failures"] == "missing: 4"
    assert "is lower better in the scores?" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image_id,score\n09-0.png,1\n09-0.png,2\n", "more than once"),
        ("image_id,other\n09-0.png,1\n", "column 'score'"),
        ("image_id,score\nunknown.png,1\n", "unknown to the dataset"),
        ("image_id,score\n09-0.png,\n", "Pictures that can be scored"),
    ],
)
def test_bad_scores(flags_given, tmp_path, text, told):
    (tmp_path / "t.csv").write_text(text)
    flags_given.model, flags_given.scores = [], [str(tmp_path / "t.csv")]
    with pytest.raises(ValueError, match=told):
        several.main(flags_given)


def test_constant_predictions_and_two_pictures(flags_given, tmp_path, capsys):
    ids = [f"{c:02d}-{level}.png" for c in (9, 10, 11) for level in range(4)]
    (tmp_path / "a.csv").write_text(
        "image_id,score\n" + "".join(f"{one},3\n" for one in ids)
    )
    (tmp_path / "b.csv").write_text("image_id,score\n09-0.png,1\n09-1.png,2\n")
    flags_given.model = []
    flags_given.scores = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert several.main(flags_given) == 0
    told = capsys.readouterr().out
    assert "No logistic fit, raw values instead: 1 different predictions" in told
    whole, _ = found_in(flags_given.output)
    constant, two = whole["rows"]
    assert constant["figures"]["SROCC"]["value"] is None
    srocc = two["figures"]["SROCC"]
    assert srocc["value"] == pytest.approx(1)
    assert (srocc["low"], srocc["high"]) == (None, None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"dataset": []}, "--dataset is expected for split"),
        ({"protocol": ["waterloo"]}, "--pristine FOLDER"),
        ({"method": ["nothing"]}, "'nothing'"),
        ({"reference": "x"}, "--reference"),
        ({"model": ["a.keras"]}, r"a\.keras"),
    ],
)
def test_bad_flags(flags_given, changed, told):
    vars(flags_given).update(changed)
    with pytest.raises((ValueError, OSError), match=told):
        several.main(flags_given)


def test_names(tmp_path, monkeypatch, flags_given):
    assert named("niqe") == ("niqe", "niqe")
    assert named("runs/koniq/scorer.keras")[0] == "koniq"
    assert named("a=runs/x.keras") == ("a", "runs/x.keras")
    assert named("runs/b=1/x.keras") == ("x", "runs/b=1/x.keras")
    flags_given.model *= 2
    with pytest.raises(ValueError, match="Different names"):
        several.main(flags_given)


def test_the_ablation_trains_four_variants(flags_given, monkeypatch, scorer_files):
    """Each with the fields of table 5, on each division."""
    asked = []

    def trained(self, dataset, seed):
        asked.append((self.arguments, seed))
        return scorer_files / "first.keras"

    monkeypatch.setattr("tfiqa.evaluation.learners.TrainedSubject.trained", trained)
    flags_given.model, flags_given.protocol = [], ["ablation"]
    flags_given.train_flags = "--recipe quick"
    several.main(flags_given)
    _, rows = found_in(flags_given.output)
    assert {row["method"] for row in rows} == {
        *("Res50", "Res50+MS", "Res50+Hyp", "Res50+MS+Hyp")
    }
    neither = ("--set=multi_scale=False", "--set=hyper=False", "--recipe", "quick")
    assert [seed for arguments, seed in asked if arguments == neither] == [0, 1]
