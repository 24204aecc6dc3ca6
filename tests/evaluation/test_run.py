"""Tests of predictors on databases by protocols, from a request to files."""

import csv
import dataclasses
import json
import re

import keras
import numpy as np
import pytest

from tests.evaluation.conftest import splits_of
from tests.evaluation.conftest import written
from tfiqa import metrics
from tfiqa.data.image_size import resized_parts
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.divisions import content_divisions
from tfiqa.evaluation.run import evaluate_request


def test_one_request_measures_everything_on_everything(
    evaluate, scorer_files, tmp_path
):
    protocols = [
        *("split", "unsupervised", "repeats", "per_distortion"),
        *("cross_database", "label_efficiency", "gmad"),
    ]
    first, second = (str(scorer_files / f"{one}.keras") for one in ("first", "second"))
    results = evaluate(
        models=[first, f"mine={second}"],
        encoders=[first],
        datasets=["toy", "other"],
        protocols=protocols,
        labels=[8, 20],
    )
    assert not results.errors
    text = "\n".join(results.lines())
    content, rows = written(tmp_path / "out")
    assert {row["protocol"] for row in rows} == set(protocols)
    names = {"first", "mine", "ridge on first"}
    split = [r for r in rows if r["protocol"] == "split" and r["figure"] == "SROCC"]
    assert {(r["dataset"], r["method"]) for r in split} == {
        (dataset, name) for dataset in ("toy", "other") for name in names
    }
    broken = next(r for r in split if r["dataset"] == "toy" and r["method"] == "mine")
    assert (broken["n"], broken["n_not_scored"]) == ("11", "1")
    assert broken["failures"] == "undecodable: 1"
    assert "1 (1 undecodable)" in text
    crossed = [r for r in rows if r["protocol"] == "cross_database"]
    assert {(r["method"], r["dataset"], r["of"]) for r in crossed} == {
        ("first", "other", "learned from toy"),
        ("mine", "toy", "learned from other"),
        ("ridge on first", "other", "trained on toy"),
        ("ridge on first", "toy", "trained on other"),
    }
    assert content["versions"]["numpy"] == np.__version__
    assert content["hardware"]["cores"] >= 1
    assert content["seeds"] == [0, 1]
    assert content["datasets"]["toy"]["pictures"] == 48
    assert len(content["methods"]["first"]["sha256"]) == 12
    assert len(content["significance"]) == 6
    assert content["label_efficiency"]["toy"]["ridge on first"]["labels"] == [8, 20]
    assert len(content["gmad"]) == 6
    assert "first is one scorer for all divisions" in text
    assert "unsupervised: ridge on first learns from scores" in text
    labels = [r for r in rows if r["protocol"] == "label_efficiency"]
    lost = {"toy": 1, "other": 0}
    for row in labels:  # Two divisions with a test part of 2 contents of 4 images.
        assert int(row["n"]) + int(row["n_not_scored"]) == 16
        assert int(row["n_not_scored"]) <= 2 * lost[row["dataset"]]


def test_figures_are_those_of_the_predictions(evaluate, tmp_path):
    evaluate()
    _, rows = written(tmp_path / "out")
    with open(tmp_path / "out" / "predictions-toy-first.csv", newline="") as file:
        lines = [row for row in csv.DictReader(file) if row["status"] == "ok"]
    pair = ([float(line[key]) for line in lines] for key in ("prediction", "mos"))
    srocc = next(r for r in rows if r["figure"] == "SROCC")
    assert float(srocc["value"]) == pytest.approx(metrics.srocc(*pair), abs=1e-6)
    assert float(srocc["low"]) <= float(srocc["value"]) <= float(srocc["high"])


def test_a_loaded_scorer_gives_what_its_file_gives(evaluate, scorer_files):
    """Nothing of it is kept in files, whose name says nothing of its weights."""
    path = scorer_files / "first.keras"
    model = keras.saving.load_model(path, compile=False)
    results = evaluate(models=[str(path), model], protocols=["split", "per_distortion"])
    rows = {row.method: row for row in results.rows if row.protocol == "split"}
    assert rows["toy"].figures == rows["first"].figures
    assert results.record["methods"]["toy"]["method"] == "toy"
    assert not results.errors


def test_a_file_that_changed_is_measured_anew(evaluate, scorer_files, tmp_path):
    """In one process, too, as in a notebook where a model is trained again."""
    path = tmp_path / "m.keras"
    figures = []
    for name in ("first", "second", "first"):
        path.write_bytes((scorer_files / f"{name}.keras").read_bytes())
        (row,) = evaluate(models=[str(path)], cache=None).rows
        figures.append(row.figures["PLCC"].value)
    assert figures[0] == figures[2] != figures[1]


def test_scores_of_another_tool_of_the_wrong_direction(evaluate, tmp_path):
    """They are shown as they are, negative, with a hint; missing ones are counted."""
    lines = [
        f"{c:02d}-{level}.png,{-level - c / 9}" for c in (9, 11) for level in range(4)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["image_id,score", *lines]) + "\n")
    results = evaluate(models=[], scores=[f"theirs={tmp_path / 't.csv'}"])
    _, rows = written(tmp_path / "out")
    assert float(rows[0]["value"]) < -0.9
    assert rows[0]["failures"] == "missing: 4"
    assert any(
        "does a lower score mean better quality?" in hint for hint in results.hints
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,score\n09-0.png,1\n09-0.png,2\n", "more than once"),
        ("image_id,other\n09-0.png,1\n", "column 'score'"),
    ],
)
def test_bad_tables(evaluate, tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        evaluate(models=[], scores=[str(tmp_path / "t.csv")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image_id,score\nunknown.png,1\n", "unknown to the dataset"),
        ("image_id,score\n09-0.png,\n", "At least one scored image"),
    ],
)
def test_bad_scores_leave_what_else_is_measured(evaluate, tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text)
    evaluate(scores=[str(tmp_path / "t.csv")])
    content, rows = written(tmp_path / "out")
    assert {row["method"] for row in rows} == {"first"}
    assert len(content["errors"]) == 1
    assert "Not measured: split, toy, t: " in content["errors"][0]
    assert message in content["errors"][0]


def scores_of(path, contents, levels=(0, 1, 2, 3)):
    ids = [f"{c:02d}-{level}.png" for c in contents for level in levels]
    lines = [f"{one},{row % 5 + row / 9}" for row, one in enumerate(ids)]
    path.write_text("\n".join(["image_id,score", *lines]) + "\n")
    return str(path)


@pytest.mark.parametrize("one_file", [True, False])
def test_scores_of_two_databases(evaluate, tmp_path, one_file):
    """In one table, or in one for each: what none of the databases has is an error."""
    tables = [range(12), range(20, 32)]
    tables = [[*tables[0], *tables[1]]] if one_file else tables
    scores = [
        scores_of(tmp_path / f"{name}.csv", contents)
        for name, contents in zip("ab", tables, strict=False)
    ]
    results = evaluate(datasets=["toy", "other"], models=[], scores=scores)
    assert not results.errors
    measured = {(row.dataset, row.method, row.n) for row in results.rows}
    names = ("a", "a") if one_file else ("a", "b")
    assert measured == {("toy", names[0], 12), ("other", names[1], 12)}
    hint = "a has no image of other: skipped."
    assert (hint in results.hints) is not one_file


def test_tables_without_a_common_image(evaluate, tmp_path):
    """No test of significance, but all else."""
    scores = [
        scores_of(tmp_path / "a.csv", [9]),
        scores_of(tmp_path / "b.csv", [10, 11]),
    ]
    results = evaluate(models=[], scores=scores)
    assert {row.method for row in results.rows} == {"a", "b"}
    assert "significance, toy, a and b: Two or more" in results.errors[0]


def test_a_protocol_that_fails_takes_no_other_along(evaluate, scorer_files):
    models = [str(scorer_files / f"{one}.keras") for one in ("first", "second")]
    results = evaluate(models=models, protocols=["gmad", "split"], levels=40)
    assert {row.protocol for row in results.rows} == {"split"}
    error = "Not measured: gmad, toy, first and second: At least two images"
    assert error in results.errors[0]
    assert results.errors[0] in results.lines()


def test_divisions_without_a_score_and_without_a_fit(evaluate, tmp_path):
    divisions = content_divisions([f"{c:02d}" for c in range(12)], seeds=[0, 1])
    tested = set(divisions[0][2].tolist())
    scores = [scores_of(tmp_path / "a.csv", set(range(12)) - tested, (1,))]
    results = evaluate(models=[], scores=scores, protocols=["repeats"])
    assert "repeats, toy, a, division 0: " in results.errors[0]
    (row,) = results.rows
    assert (row.of, row.seeds) == ("median of 1", (1,))
    assert "repeats, toy, a: No logistic fit in 1 of 1 divisions" in str(results.hints)


@pytest.mark.parametrize("protocol", ["split", "per_distortion", "gmad"])
def test_what_learns_is_left_out_on_all(evaluate, scorer_files, protocol):
    encoders = [str(scorer_files / "first.keras")]
    results = evaluate(encoders=encoders, protocols=[protocol], split="all")
    assert not results.errors
    hint = f"{protocol}: ridge on first learns from the training part"
    assert any(one.startswith(hint) for one in results.hints)


def test_two_logistics(evaluate, tmp_path):
    protocols = ["split", "repeats"]
    evaluate(logistic=[4, 5, 4], protocols=protocols)
    content, rows = written(tmp_path / "out")
    for protocol in protocols:
        names = {row["figure"] for row in rows if row["protocol"] == protocol}
        assert {"PLCC (logistic)", "PLCC (logistic 5)", "RMSE (logistic 5)"} <= names
    assert content["logistics"] == [4, 5]


def test_each_seed_has_its_scorer(evaluate, scorer_files, tmp_path):
    """The one of the division that is measured is enough."""
    fields = {"models": [str(tmp_path / "m{seed}.keras")], "split_seed": 2}
    with pytest.raises(FileNotFoundError, match=r"`models`.*m2\.keras"):
        evaluate(**fields)
    content = (scorer_files / "first.keras").read_bytes()
    (tmp_path / "m2.keras").write_bytes(content)
    results = evaluate(**fields)
    assert len(results.record["methods"]["m{seed}"]["sha256"]) == 12
    with pytest.raises(FileNotFoundError, match=r"m0\.keras"):
        evaluate(**fields, protocols=["repeats"])


def test_methods_are_trained_on_all_of_each_database(evaluate, trainer):
    results = evaluate(
        models=[],
        methods=["hyperiqa"],
        datasets=["toy", "other"],
        protocols=["cross_database"],
        train=trainer,
    )
    assert not results.errors
    learned = [(call["dataset"], call["learn_from"]) for call in trainer.calls]
    assert learned == [("toy", "all"), ("other", "all")]
    assert {(row.dataset, row.of, row.n) for row in results.rows} == {
        ("other", "trained on toy", 48),
        ("toy", "trained on other", 47),
    }


def test_constant_predictions_and_two_images(evaluate, tmp_path):
    ids = [f"{c:02d}-{level}.png" for c in (9, 10, 11) for level in range(4)]
    (tmp_path / "a.csv").write_text(
        "image_id,score\n" + "".join(f"{one},3\n" for one in ids)
    )
    (tmp_path / "b.csv").write_text("image_id,score\n09-0.png,1\n09-1.png,2\n")
    scores = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    results = evaluate(models=[], scores=scores)
    assert not results.errors
    hint = "No logistic fit, raw values instead: 1 different predictions"
    assert any(hint in one for one in results.hints)
    content, _ = written(tmp_path / "out")
    constant, two = content["rows"]
    assert constant["figures"]["SROCC"]["value"] is None
    srocc = two["figures"]["SROCC"]
    assert srocc["value"] == pytest.approx(1)
    assert (srocc["low"], srocc["high"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"datasets": [], "protocols": ["split"]}, "`datasets` is expected for split"),
        ({"protocols": ["waterloo"]}, "`pristine` is expected for waterloo"),
        ({"methods": ["nothing"]}, "`methods` must be among .*'nothing'"),
        ({"models": ["a.keras"]}, r"`models`.*a\.keras"),
        ({"scores": ["a.csv"]}, r"`scores`.*'a\.csv'"),
        ({"encoders": ["e=a.keras"]}, r"`encoders`.*'e=a\.keras'"),
        ({"methods": ["niqe"], "cache": None}, "`cache` is expected.*neither"),
        ({"protocols": ["ablation"], "cache": None}, "`cache` is expected for"),
        ({"models": ["niqe", "niqe"]}, "Different names.*niqe, niqe"),
    ],
)
def test_bad_requests(make_request, pristine_folder, changes, message):
    changes = {"pristine": None, **changes}
    if changes.get("datasets") == []:
        changes["pristine"] = pristine_folder
    with pytest.raises((ValueError, OSError), match=message):
        evaluate_request(make_request(**changes))


def test_the_ablation_trains_four_variants(evaluate, trainer):
    """Each with the fields of table 5, on each division."""
    results = evaluate(
        models=[], protocols=["ablation"], train_flags="--recipe=quick", train=trainer
    )
    assert not results.errors
    assert {row.method for row in results.rows} == {
        *("Res50", "Res50+MS", "Res50+Hyp", "Res50+MS+Hyp")
    }
    assert len(trainer.calls) == 4 * 2
    assert all(call["recipe"] == "quick" for call in trainer.calls)
    assert all(call["method"] == "hyperiqa" for call in trainer.calls)
    folders = {re.sub(r".*/|-toy-.*", "", call["output"]) for call in trainer.calls}
    assert folders == {"Res50", "Res50-MS", "Res50-Hyp", "Res50-MS-Hyp"}


def test_an_official_division_is_used_once(evaluate, databases, trainer):
    """Or once for each seed of the training, and the table says so."""
    databases["toy"] = dataclasses.replace(databases["toy"], official=True)
    fields = {"models": [], "methods": ["niqe"], "protocols": ["repeats"]}
    (row,) = evaluate(**fields, train=trainer).rows
    assert (row.of, row.seeds) == ("official division", (0,))
    assert len(trainer.calls) == 1
    assert "seed" not in trainer.calls[0]
    results = evaluate(**fields, official_seeds=3, train=trainer)
    (row,) = results.rows
    assert row.of == "official division, median of 3 seeds of training"
    assert [call["seed"] for call in trainer.calls[1:]] == ["0", "1", "2"]
    assert {call["split_seed"] for call in trainer.calls} == {"0"}
    assert "--divisions random draws" in str(results.hints)


def test_the_size_of_images_is_recorded(evaluate, databases, tmp_path):
    databases["toy"] = of_splits(resized_parts(splits_of(), "20x24"))
    results = evaluate(protocols=["split"])
    assert any("resized to 20 x 24 pixels" in line for line in results.lines())
    record = json.loads((tmp_path / "out" / "results.json").read_text())
    assert record["datasets"]["toy"]["image_size"] == "20x24"
    assert record["divisions"] == "official"
    lines = (tmp_path / "out" / "results.csv").read_text().splitlines()
    assert all(line.endswith(",20x24") for line in lines[1:])


def test_a_method_that_tests_chose_is_marked(evaluate, trainer):
    results = evaluate(
        models=[],
        methods=["hyperiqa"],
        train_flags="--epoch_choice=best_test",
        train=trainer,
    )
    assert any("figures are too good" in hint for hint in results.hints)
