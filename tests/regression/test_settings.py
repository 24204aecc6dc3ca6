"""One regression for every command: its settings, its share, its figures."""

import dataclasses

import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.methods import contrique
from tfiqa.methods import linear_probe
from tfiqa.methods import reiqa
from tfiqa.regression import Regression
from tfiqa.regression import frozen


def test_all_regress_alike_unless_told_otherwise():
    expected = Regression()
    assert expected.regression == {
        "alphas": tuple(np.logspace(-3, 3, 100)),
        "standardized": False,
        "l1_ratio": 0.0,
    }
    row = linear_probe.METHOD.configured("resnet50")
    configs = (contrique.Config(), reiqa.Config(), row)
    assert all(config.regression == expected.regression for config in configs)
    assert RidgePredictor("r", "file").settings == expected


def test_an_elastic_net_has_its_share_of_absolute_values():
    assert Regression("elastic_net", 0.2, standardize=True).penalty == {
        "standardized": True,
        "l1_ratio": 0.2,
    }


@pytest.mark.parametrize(
    ("field", "value"), [("regressor", "svr"), ("l1_ratio", 0.0), ("alphas", (-1.0,))]
)
def test_rejects(field, value):
    with pytest.raises(ValueError, match=f"`{field}`"):
        Regression(**{field: value})


def test_medians_say_of_what_share_they_are(tmp_path, capsys):
    run = trainers.Run(tmp_path)
    train, validation = (
        dataclasses.replace(toy_source(count), total=40) for count in (20, 6)
    )
    frozen.regress(
        lambda example: np.asarray(example["image"], "float32").mean((0, 1)),
        (train, validation),
        run,
        repeats=2,
        **Regression(alphas=(1.0,)).regression,
    )
    assert "divisions by content of 26 images (65% of toy)" in capsys.readouterr().out
    assert run.report["regression"]["of"] == "26 images (65% of toy)"
