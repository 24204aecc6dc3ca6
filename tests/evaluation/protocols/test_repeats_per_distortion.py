"""Tests of medians over divisions within types of distortion."""

import numpy as np
import pytest
import scipy.stats

from tfiqa.evaluation.divisions import content_divisions
from tfiqa.evaluation.predictors import Outcomes
from tfiqa.evaluation.protocols.repeats_per_distortion import OfType
from tfiqa.evaluation.protocols.repeats_per_distortion import median


class Guess:
    """Predictions that depend on the division, as those of a trained method."""

    name, trains = "guess", True

    def outcomes(self, database, rows, division, *, seed):
        del division
        noise = np.random.default_rng(seed).normal(0, 1, database.mos.shape)
        scores = (database.mos + noise)[rows].astype("float64")
        scores[0] = np.nan
        return Outcomes(scores, ("missing", *["ok"] * (len(rows) - 1)), None)

    def facts(self):
        return {}


def test_medians_are_those_of_scipy_on_each_division(evaluate, database, monkeypatch):
    monkeypatch.setattr("tfiqa.evaluation.run.resolve_predictors", lambda *_: [Guess()])
    results = evaluate(protocols=["repeats_per_distortion"], repeats=3)
    assert not results.errors
    expected = {"blur": [], "noise": []}
    divisions = content_divisions(database.references, seeds=range(3))
    for seed, division in divisions.items():
        rows = division[2]
        scores = Guess().outcomes(database, rows, division, seed=seed).scores
        for name, values in expected.items():
            chosen = (database.distortions[rows] == name) & ~np.isnan(scores)
            mos = database.mos[rows][chosen]
            values.append(scipy.stats.spearmanr(scores[chosen], mos).statistic)
    rows = {row.of: row for row in results.rows}
    assert rows.keys() == expected.keys()
    for name, row in rows.items():
        figure = row.figures["SROCC"]
        assert figure.value == pytest.approx(np.median(expected[name]))
        assert figure.low == pytest.approx(min(expected[name]))
        assert figure.high == pytest.approx(max(expected[name]))
        assert row.seeds == (0, 1, 2)
    # The image without a score is a blurred one in each of the three divisions.
    assert rows["blur"].failures == {"not scored": 3}
    assert rows["noise"].n == rows["blur"].n + 3


def test_divisions_where_the_correlation_is_undefined_do_not_count():
    nothing = OfType(float("nan"), 1, 0)
    figure = median([OfType(0.4, 5, 0), nothing, OfType(0.8, 5, 0)])
    assert (figure.value, figure.low, figure.high) == (pytest.approx(0.6), 0.4, 0.8)
    assert np.isnan(median([nothing]).value)
