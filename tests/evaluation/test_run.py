"""Tests of methods on databases by protocols, from flags to files."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.conftest import splits_of
from tfiqa import metrics
from tfiqa.evaluation import request
from tfiqa.evaluation import run
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.protocols.repeats import content_divisions
from tfiqa.evaluation.resolve import named


@pytest.fixture(autouse=True)
def databases(monkeypatch):
    """Two databases, of which one picture is broken."""
    opened = {
        "toy": of_splits(splits_of(broken=("10-1.png",))),
        "other": of_splits(splits_of("other", first=20)),
    }
    monkeypatch.setattr(request, "open_database", lambda name, **_: opened[name])
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
    assert run.main(flags_given) == 0

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
        ("first", "other", "learned from toy"),
        ("mine", "toy", "learned from other"),
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
    labels = [r for r in rows if r["protocol"] == "label_efficiency"]
    lost = {"toy": 1, "other": 0}
    for row in labels:  # Two divisions with a test part of 2 contents of 4 pictures.
        assert int(row["n"]) + int(row["n_not_scored"]) == 16
        assert int(row["n_not_scored"]) <= 2 * lost[row["dataset"]]


def test_figures_are_those_of_the_predictions(flags_given, databases):
    run.main(flags_given)
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
    run.main(flags_given)
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
    ],
)
def test_bad_tables(flags_given, tmp_path, text, told):
    (tmp_path / "t.csv").write_text(text)
    flags_given.model, flags_given.scores = [], [str(tmp_path / "t.csv")]
    with pytest.raises(ValueError, match=told):
        run.main(flags_given)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image_id,score\nunknown.png,1\n", "unknown to the dataset"),
        ("image_id,score\n09-0.png,\n", "Pictures that can be scored"),
    ],
)
def test_bad_scores_leave_what_else_is_measured(flags_given, tmp_path, text, told):
    (tmp_path / "t.csv").write_text(text)
    flags_given.scores = [str(tmp_path / "t.csv")]
    assert run.main(flags_given) == 1
    whole, rows = found_in(flags_given.output)
    assert {row["method"] for row in rows} == {"first"}
    assert len(whole["errors"]) == 1
    assert "Not measured: split, toy, t: " in whole["errors"][0]
    assert told in whole["errors"][0]


def scores_of(path, contents, levels=range(4)):
    ids = [f"{c:02d}-{level}.png" for c in contents for level in levels]
    lines = [f"{one},{row % 5 + row / 9}" for row, one in enumerate(ids)]
    path.write_text("\n".join(["image_id,score", *lines]) + "\n")
    return str(path)


@pytest.mark.parametrize("one_file", [True, False])
def test_scores_of_two_databases(flags_given, tmp_path, capsys, one_file):
    """In one table, or in one for each: what none of the databases has is an error."""
    flags_given.dataset, flags_given.model = ["toy", "other"], []
    tables = [range(12), range(20, 32)]
    tables = [[*tables[0], *tables[1]]] if one_file else tables
    flags_given.scores = [
        scores_of(tmp_path / f"{name}.csv", contents)
        for name, contents in zip("ab", tables, strict=False)
    ]
    assert run.main(flags_given) == 0
    _, rows = found_in(flags_given.output)
    found = {(r["dataset"], r["method"], r["n"]) for r in rows}
    names = ("a", "a") if one_file else ("a", "b")
    assert found == {("toy", names[0], "12"), ("other", names[1], "12")}
    told = capsys.readouterr().out
    assert ("a has no picture of other: left out." in told) is not one_file


def test_tables_without_a_common_picture(flags_given, tmp_path):
    """No test of significance, but all else."""
    flags_given.model = []
    flags_given.scores = [
        scores_of(tmp_path / "a.csv", [9]),
        scores_of(tmp_path / "b.csv", [10, 11]),
    ]
    assert run.main(flags_given) == 1
    whole, rows = found_in(flags_given.output)
    assert {row["method"] for row in rows} == {"a", "b"}
    assert "significance, toy, a and b: Two or more" in whole["errors"][0]


def test_a_protocol_that_fails_takes_no_other_along(flags_given, scorer_files, capsys):
    flags_given.model.append(str(scorer_files / "second.keras"))
    flags_given.protocol, flags_given.levels = ["gmad", "split"], 40
    assert run.main(flags_given) == 1
    whole, rows = found_in(flags_given.output)
    assert {row["protocol"] for row in rows} == {"split"}
    assert (
        "Not measured: gmad, toy, first and second: Two pictures"
        in (whole["errors"][0])
    )
    assert whole["errors"][0] in capsys.readouterr().out


def test_divisions_without_a_score_and_without_a_fit_are_told(flags_given, tmp_path):
    divisions = content_divisions([f"{c:02d}" for c in range(12)], seeds=[0, 1])
    tested = set(divisions[0][2].tolist())
    flags_given.model, flags_given.protocol = [], ["repeats"]
    flags_given.scores = [scores_of(tmp_path / "a.csv", set(range(12)) - tested, [1])]
    assert run.main(flags_given) == 1
    whole, _ = found_in(flags_given.output)
    assert "repeats, toy, a, division 0: " in whole["errors"][0]
    assert [row["of"] for row in whole["rows"]] == ["median of 1"]
    assert whole["rows"][0]["seeds"] == [1]
    assert "repeats, toy, a: No logistic fit in 1 of 1 divisions" in str(whole["hints"])


@pytest.mark.parametrize("protocol", ["split", "per_distortion", "gmad"])
def test_what_learns_is_left_out_on_all_and_told(flags_given, scorer_files, protocol):
    flags_given.encoder = [str(scorer_files / "first.keras")]
    flags_given.protocol, flags_given.split = [protocol], "all"
    assert run.main(flags_given) == 0
    whole, _ = found_in(flags_given.output)
    told = f"{protocol}: ridge on first learns from the training part"
    assert any(hint.startswith(told) for hint in whole["hints"])


def test_two_logistics(flags_given):
    flags_given.logistic, flags_given.protocol = ["4", "5"], ["split", "repeats"]
    run.main(flags_given)
    whole, rows = found_in(flags_given.output)
    for protocol in flags_given.protocol:
        names = {row["figure"] for row in rows if row["protocol"] == protocol}
        assert {"PLCC (logistic)", "PLCC (logistic 5)", "RMSE (logistic 5)"} <= names
    assert whole["logistics"] == [4, 5]


def test_each_seed_has_its_scorer(flags_given, scorer_files, tmp_path):
    """The one of the division that is asked for is enough."""
    flags_given.model, flags_given.split_seed = [str(tmp_path / "m{seed}.keras")], 2
    with pytest.raises(FileNotFoundError, match=r"--model.*m2\.keras"):
        run.main(flags_given)
    content = (scorer_files / "first.keras").read_bytes()
    (tmp_path / "m2.keras").write_bytes(content)
    assert run.main(flags_given) == 0
    whole, _ = found_in(flags_given.output)
    assert len(whole["methods"]["m{seed}"]["sha256"]) == 12
    flags_given.protocol = ["repeats"]
    with pytest.raises(FileNotFoundError, match=r"m0\.keras"):
        run.main(flags_given)


def test_methods_are_trained_on_all_of_each_database(
    flags_given, monkeypatch, scorer_files
):
    asked_for = []

    def trained(self, database, seed, *, of_all=False):
        asked_for.append((database.name, of_all))
        return scorer_files / "first.keras"

    monkeypatch.setattr(
        "tfiqa.evaluation.trained_predictors.TrainedSubject.trained", trained
    )
    flags_given.model, flags_given.method = [], ["hyperiqa"]
    flags_given.dataset, flags_given.protocol = ["toy", "other"], ["cross_database"]
    assert run.main(flags_given) == 0
    assert asked_for == [("toy", True), ("other", True)]
    _, rows = found_in(flags_given.output)
    assert {(row["dataset"], row["of"], row["n"]) for row in rows} == {
        ("other", "trained on toy", "48"),
        ("toy", "trained on other", "47"),
    }


def test_constant_predictions_and_two_pictures(flags_given, tmp_path, capsys):
    ids = [f"{c:02d}-{level}.png" for c in (9, 10, 11) for level in range(4)]
    (tmp_path / "a.csv").write_text(
        "image_id,score\n" + "".join(f"{one},3\n" for one in ids)
    )
    (tmp_path / "b.csv").write_text("image_id,score\n09-0.png,1\n09-1.png,2\n")
    flags_given.model = []
    flags_given.scores = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    assert run.main(flags_given) == 0
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
        ({"reference": "x", "model": [], "method": ["niqe"]}, "--reference"),
        ({"model": ["a.keras"]}, r"--model.*a\.keras"),
        ({"scores": ["a.csv"]}, r"--scores.*'a\.csv'"),
        ({"encoder": ["e=a.keras"]}, r"--encoder.*'e=a\.keras'"),
        ({"dataset": ["toy", "toy"]}, r"--dataset of different.*'toy', 'toy'"),
        ({"labels": ["25", "abc"]}, "--labels of whole numbers.*'25,abc'"),
        ({"logistic": ["3"]}, r"--logistic of \(4, 5\).*'3'"),
        ({"method": ["niqe"], "output": None}, "--output or --cache.*neither"),
    ],
)
def test_bad_flags(flags_given, changed, told):
    vars(flags_given).update(changed)
    with pytest.raises((ValueError, OSError), match=told):
        run.main(flags_given)


def test_names(tmp_path, monkeypatch, flags_given):
    assert named("niqe") == ("niqe", "niqe")
    assert named("runs/koniq/scorer.keras")[0] == "koniq"
    assert named("a=runs/x.keras") == ("a", "runs/x.keras")
    assert named("runs/b=1/x.keras") == ("x", "runs/b=1/x.keras")
    flags_given.model *= 2
    with pytest.raises(ValueError, match="Different names"):
        run.main(flags_given)


def test_the_ablation_trains_four_variants(flags_given, monkeypatch, scorer_files):
    """Each with the fields of table 5, on each division."""
    calls = []

    def trained(self, database, seed, *, of_all=False):
        assert not of_all
        calls.append((self.arguments, seed))
        return scorer_files / "first.keras"

    monkeypatch.setattr(
        "tfiqa.evaluation.trained_predictors.TrainedSubject.trained", trained
    )
    flags_given.model, flags_given.protocol = [], ["ablation"]
    flags_given.train_flags = "--recipe quick"
    run.main(flags_given)
    _, rows = found_in(flags_given.output)
    assert {row["method"] for row in rows} == {
        *("Res50", "Res50+MS", "Res50+Hyp", "Res50+MS+Hyp")
    }
    neither = ("--set=multi_scale=False", "--set=hyper=False", "--recipe", "quick")
    assert [seed for arguments, seed in calls if arguments == neither] == [0, 1]
