"""Tests of gMAD over the images of a database or a folder."""

import numpy as np
import pytest

from tests.support.toy_scorer import toy_scorer
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import TablePredictor
from tfiqa.evaluation.protocols.gmad import _bound
from tfiqa.scoring import calibration


def test_images_within_an_interval_are_equal():
    random = np.random.default_rng(0)
    predictions = random.uniform(0, 100, 200)
    mos = np.clip(predictions + random.normal(0, 5, 200), 0, 100)
    toy = toy_scorer()
    scorer = calibration.calibrated(
        toy, predictions, mos, mos_range=(0, 100), dataset="noise"
    )
    scores = np.array([20.0, 40.0, np.nan, 70.0])
    low, high = calibration.interval(scorer, scores)
    widths = sorted(high[[0, 1, 3]] - low[[0, 1, 3]])
    predictor = ScorerPredictor("calibrated", "", model=scorer)
    assert _bound(predictor, scores) == pytest.approx(widths[1] / 2)
    assert _bound(ScorerPredictor("toy", "", model=toy), scores) is None


def test_scores_of_another_tool_have_no_interval():
    assert _bound(TablePredictor("table", None), np.zeros(3)) is None
