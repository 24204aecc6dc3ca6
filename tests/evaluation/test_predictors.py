"""Tests of what gives scores."""

import dataclasses

import numpy as np
import pytest

from tests.evaluation.conftest import contrasted
from tfiqa.data.score_table import read_scores
from tfiqa.evaluation import predictors
from tfiqa.evaluation import trained_predictors
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import TableSubject
from tfiqa.evaluation.tables import parts_of
from tfiqa.evaluation.trained_predictors import RidgeSubject
from tfiqa.evaluation.trained_predictors import TrainedSubject
from tfiqa.regression import choose_alpha
from tfiqa.regression import fit_ridge
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer


def test_scores_are_those_of_the_scorer_and_broken_pictures_are_counted(
    broken_database, scorer_files
):
    path = scorer_files / "first.keras"
    rows = broken_database.parts["test"]
    outcomes = ScorerSubject("mine", str(path)).outcomes(
        broken_database, rows, parts_of(broken_database), seed=0
    )
    predict = predictor(load_scorer(path))
    expected = [
        predict(contrasted(c, level)) for c in (9, 10, 11) for level in range(4)
    ]
    expected[5] = np.nan
    np.testing.assert_allclose(outcomes.scores, expected, rtol=1e-6)
    assert outcomes.failures == {"undecodable": 1}
    assert outcomes.sizes[0].tolist() == [30, 24]


def test_a_killed_run_looks_only_at_what_is_left(
    database, scorer_files, tmp_path, monkeypatch
):
    looked = []

    def watched(scorer):
        predict = predictor(scorer)

        def look(pixels):
            if len(looked) == 5:
                raise KeyboardInterrupt
            looked.append(pixels.shape)
            return predict(pixels)

        return look

    monkeypatch.setattr(predictors, "predictor", watched)
    subject = ScorerSubject("a", str(scorer_files / "first.keras"), tmp_path)
    rows = database.parts["test"]
    call = {"division": parts_of(database), "seed": 0}
    with pytest.raises(KeyboardInterrupt):
        subject.outcomes(database, rows, **call)
    looked.clear()
    predictors._score_store.cache_clear()
    monkeypatch.setattr(predictors, "predictor", lambda s: _counted(s, looked))
    again = ScorerSubject("other name", str(scorer_files / "first.keras"), tmp_path)
    outcomes = again.outcomes(database, rows, **call)
    assert len(looked) == 7
    whole = ScorerSubject("b", str(scorer_files / "first.keras"))
    expected = whole.outcomes(database, rows, **call)
    np.testing.assert_array_equal(outcomes.scores, expected.scores)


def _counted(scorer, looked):
    predict = predictor(scorer)
    return lambda pixels: looked.append(0) or predict(pixels)


def test_each_division_may_have_its_scorer(scorer_files):
    subject = ScorerSubject("x", str(scorer_files / "{seed}.keras"))
    assert subject.path(3) == scorer_files / "3.keras"
    assert ScorerSubject("niqe", "niqe").path(0).name == "niqe.keras"


def test_ridge_is_fitted_to_training_and_validation(broken_database, scorer_files):
    subject = RidgeSubject("r", str(scorer_files / "first.keras"), alphas=(0.1, 10.0))
    train, validation, test = parts_of(broken_database)
    features = subject.features(broken_database, broken_database.parts["all"])
    broken = np.flatnonzero(broken_database.image_ids == "10-1.png")
    assert np.isnan(features[broken]).all()
    mos = broken_database.mos.astype("float64")
    alpha, _ = choose_alpha(
        *(features[train], mos[train], features[validation], mos[validation]),
        (0.1, 10.0),
        standardized=True,
    )
    known = np.concatenate([train, validation])
    ridge = fit_ridge(features[known], mos[known], alpha, standardized=True)
    found = subject.outcomes(broken_database, test, (train, validation, test), seed=0)
    np.testing.assert_allclose(found.scores, ridge(features[test]), rtol=1e-6)
    assert found.failures == {"undecodable": 1}


def test_features_are_kept(database, scorer_files, tmp_path, monkeypatch):
    path = str(scorer_files / "first.keras")
    first = RidgeSubject("r", path, tmp_path).features(database, np.arange(5))
    trained_predictors._feature_store.cache_clear()
    monkeypatch.setattr(trained_predictors, "load_encoder", None)
    again = RidgeSubject("r", path, tmp_path).features(database, np.arange(5))
    np.testing.assert_array_equal(first, again)


def test_tables_leave_out_what_they_have_not(database, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,theirs\nsome/10-0.png,5\n11-3.png,\n09-0.png,-1\n")
    table = read_scores(path, column="theirs", id_column="name")
    rows = database.parts["test"]
    found = TableSubject("t", table).outcomes(database, rows, (), seed=0)
    assert found.statuses.count("ok") == 2
    assert (found.scores[0], found.scores[4]) == (-1, 5)
    assert found.failures == {"missing": 10}


def test_trainings_are_commands_that_resume(database, tmp_path, monkeypatch):
    (tmp_path / "tfiqa").mkdir()
    (tmp_path / "tfiqa" / "__init__.py").touch()
    (tmp_path / "tfiqa" / "train.py").write_text(
        "import json, pathlib, sys\n"
        "given = dict(a[2:].partition('=')[::2] for a in sys.argv[1:])\n"
        "folder = pathlib.Path(given['output'])\n"
        "folder.mkdir(parents=True)  # Fails where there is one.\n"
        "(folder / 'run.json').write_text(json.dumps({'outcome': given}))\n"
        "sys.exit(int(given['split_seed']) // 9)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    subject = TrainedSubject("n", "niqe", ("--recipe=quick",), tmp_path / "c", "d")
    path = subject.trained(database, 3)
    assert path.parents[1] == tmp_path / "c" / "runs"
    assert path.parent.name.startswith("n-toy-3-")
    told = (path.parent / "run.json").read_text()
    for word in ('"method": "niqe"', '"data_dir": "d"', '"recipe": "quick"', "resume"):
        assert word in told
    assert "learn_from" not in told
    assert subject.trained(database, 3) == path  # Would not make the folder twice.
    with pytest.raises(ValueError, match="ended with 1"):
        subject.trained(database, 9)

    of_all = subject.trained(database, 3, of_all=True)
    assert '"learn_from": "all"' in (of_all.parent / "run.json").read_text()
    encoder = tmp_path / "e.keras"
    encoder.write_text("before")
    changes = {
        "method": {"method": "ilniqe"},
        "flags": {"arguments": ("--recipe=paper",)},
        "encoder": {"arguments": ("--recipe=quick", f"--encoder={encoder}")},
    }
    others = {
        name: dataclasses.replace(subject, **change).trained(database, 3)
        for name, change in changes.items()
    }
    encoder.write_text("after")
    same = dataclasses.replace(subject, **changes["encoder"])
    others["content of the encoder"] = same.trained(database, 3)
    changed = dataclasses.replace(database, fingerprint="another")
    others["data"] = subject.trained(changed, 3)
    assert len({path, of_all, *others.values()}) == 7
