"""Tests of predictors: what gives scores."""

import dataclasses

import numpy as np
import pytest

from tests.evaluation.conftest import contrasted
from tfiqa.data.score_table import read_scores
from tfiqa.evaluation import predictors
from tfiqa.evaluation import trained_predictors
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import TablePredictor
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.evaluation.trained_predictors import TrainedPredictor
from tfiqa.regression import Regression
from tfiqa.regression import choose_alpha
from tfiqa.regression import fit
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer


def test_scores_are_those_of_the_scorer_and_broken_pictures_are_counted(
    broken_database, scorer_files
):
    path = scorer_files / "first.keras"
    rows = broken_database.parts["test"]
    outcomes = ScorerPredictor("mine", str(path)).outcomes(
        broken_database, rows, broken_database.division, seed=0
    )
    predict = predictor(load_scorer(path))
    expected = [
        predict(contrasted(c, level)) for c in (9, 10, 11) for level in range(4)
    ]
    expected[5] = np.nan
    np.testing.assert_allclose(outcomes.scores, expected, rtol=1e-6)
    assert outcomes.failures == {"undecodable": 1}
    assert outcomes.sizes[0].tolist() == [30, 24]


def test_a_killed_run_scores_only_what_is_missing(
    database, scorer_files, tmp_path, monkeypatch
):
    scored = []

    def watched(scorer):
        predict = predictor(scorer)

        def look(pixels):
            if len(scored) == 5:
                raise KeyboardInterrupt
            scored.append(pixels.shape)
            return predict(pixels)

        return look

    monkeypatch.setattr(predictors, "predictor", watched)
    scored_by = ScorerPredictor("a", str(scorer_files / "first.keras"), tmp_path)
    rows = database.parts["test"]
    call = {"division": database.division, "seed": 0}
    with pytest.raises(KeyboardInterrupt):
        scored_by.outcomes(database, rows, **call)
    scored.clear()
    monkeypatch.setattr(predictors, "predictor", lambda s: _counted(s, scored))
    again = ScorerPredictor("other name", str(scorer_files / "first.keras"), tmp_path)
    outcomes = again.outcomes(database, rows, **call)
    assert len(scored) == 7
    unbroken = ScorerPredictor("b", str(scorer_files / "first.keras"))
    expected = unbroken.outcomes(database, rows, **call)
    np.testing.assert_array_equal(outcomes.scores, expected.scores)


def _counted(scorer, scored):
    predict = predictor(scorer)
    return lambda pixels: scored.append(0) or predict(pixels)


def test_each_division_may_have_its_scorer(scorer_files):
    scored_by = ScorerPredictor("x", str(scorer_files / "{seed}.keras"))
    assert scored_by.path(3) == scorer_files / "3.keras"
    assert ScorerPredictor("niqe", "niqe").path(0).name == "niqe.keras"


@pytest.mark.parametrize("regressor", ["ridge", "elastic_net"])
@pytest.mark.parametrize("standardize", [False, True])
def test_a_regression_is_fitted_to_training_and_validation(
    broken_database, scorer_files, regressor, standardize
):
    settings = Regression(regressor, 0.3, standardize, alphas=(0.1, 10.0))
    regression_of = RidgePredictor(
        "r", str(scorer_files / "first.keras"), settings=settings
    )
    options = {
        "standardized": standardize,
        "l1_ratio": 0.3 if regressor == "elastic_net" else 0.0,
    }
    train, validation, test = broken_database.division
    features = regression_of.features(broken_database, broken_database.parts["all"])
    broken = np.flatnonzero(broken_database.image_ids == "10-1.png")
    assert np.isnan(features[broken]).all()
    mos = broken_database.mos.astype("float64")
    alpha, _ = choose_alpha(
        *(features[train], mos[train], features[validation], mos[validation]),
        (0.1, 10.0),
        **options,
    )
    known = np.concatenate([train, validation])
    linear = fit(features[known], mos[known], alpha, **options)
    outcomes = regression_of.outcomes(
        broken_database, test, (train, validation, test), seed=0
    )
    np.testing.assert_allclose(outcomes.scores, linear(features[test]), rtol=1e-5)
    assert outcomes.failures == {"undecodable": 1}


def test_features_are_kept(database, scorer_files, tmp_path, monkeypatch):
    path = str(scorer_files / "first.keras")
    first = RidgePredictor("r", path, tmp_path).features(database, np.arange(5))
    monkeypatch.setattr(trained_predictors, "load_encoder", None)
    again = RidgePredictor("r", path, tmp_path).features(database, np.arange(5))
    np.testing.assert_array_equal(first, again)


def test_tables_leave_out_what_they_have_not(database, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("name,theirs\nsome/10-0.png,5\n11-3.png,\n09-0.png,-1\n")
    table = read_scores(path, column="theirs", id_column="name")
    rows = database.parts["test"]
    result = TablePredictor("t", table).outcomes(database, rows, (), seed=0)
    assert result.statuses.count("ok") == 2
    assert (result.scores[0], result.scores[4]) == (-1, 5)
    assert result.failures == {"missing": 10}


def test_trainings_resume_and_are_done_once(database, tmp_path, trainer):
    method = TrainedPredictor(
        "n", "niqe", ("--recipe=quick",), tmp_path / "c", "d", trainer
    )
    path = method.trained(database, 3)
    assert path.parents[1] == tmp_path / "c" / "runs"
    assert trainer.calls == [
        {
            "method": "niqe",
            "dataset": "toy",
            "split_seed": "3",
            "output": str(path.parent),
            "data_dir": "d",
            "resume": "",
            "recipe": "quick",
        }
    ]
    assert method.trained(database, 3) == path
    assert len(trainer.calls) == 1
    (path.parent / "run.json").write_text("{}")  # As a killed training leaves it.
    assert method.trained(database, 3) == path
    assert len(trainer.calls) == 2

    def failing(arguments):
        raise ValueError("no such recipe")

    with pytest.raises(ValueError, match="no such recipe"):
        dataclasses.replace(method, train=failing).trained(database, 9)


def test_trainings_see_the_parts_and_the_size_of_the_database(
    database, tmp_path, trainer
):
    method = TrainedPredictor("n", "niqe", (), tmp_path, None, trainer)
    plain = method.trained(database, 3)
    source = dataclasses.replace(database.source, image_size="512x384")
    changed = dataclasses.replace(database, source=source, divided=True)
    path = method.trained(changed, 3)
    assert path != plain
    assert trainer.calls[-1]["image_size"] == "512x384"
    assert trainer.calls[-1]["divisions"] == "random"
    assert changed.key == f"{database.key}-at-512x384"


def test_runs_that_were_there_before_are_found_again(database, tmp_path, trainer):
    """The name of the folder is that of earlier versions of the package."""
    method = TrainedPredictor("n", "niqe", ("--recipe=quick",), tmp_path, None, trainer)
    assert method.trained(database, 3).parent.name == "n-toy-3-92ae8fac8769"
    of_all = method.trained(database, 3, of_all=True).parent.name
    assert of_all == "n-toy-3-ddf2db2eb015"


def test_whatever_is_trained_differently_has_its_own_folder(
    database, tmp_path, trainer
):
    method = TrainedPredictor("n", "niqe", ("--recipe=quick",), tmp_path, None, trainer)
    path = method.trained(database, 3)
    of_all = method.trained(database, 3, of_all=True)
    assert trainer.calls[-1]["learn_from"] == "all"
    encoder = tmp_path / "e.keras"
    encoder.write_text("before")
    changes = {
        "method": {"method": "ilniqe"},
        "flags": {"arguments": ("--recipe=paper",)},
        "encoder": {"arguments": ("--recipe=quick", f"--encoder={encoder}")},
    }
    others = {
        name: dataclasses.replace(method, **change).trained(database, 3)
        for name, change in changes.items()
    }
    encoder.write_text("after")
    same = dataclasses.replace(method, **changes["encoder"])
    others["content of the encoder"] = same.trained(database, 3)
    changed = dataclasses.replace(database, fingerprint="another")
    others["data"] = method.trained(changed, 3)
    assert len({path, of_all, *others.values()}) == 7
