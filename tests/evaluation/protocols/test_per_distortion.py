"""Tests of the correlation within types of distortion."""

import numpy as np
import pytest
import scipy.stats

from tfiqa import metrics
from tfiqa.evaluation.protocols.per_distortion import per_distortion

RANDOM = np.random.default_rng(0)
TYPES = np.array(["blur", "jpeg", "noise"])[np.arange(90) % 3]
MOS = RANDOM.uniform(0, 1, 90)
PREDICTIONS = MOS + RANDOM.normal(0, 0.2, 90)


def test_equals_scipy_on_each_type():
    groups = per_distortion(PREDICTIONS, MOS, TYPES, resamples=200)
    assert list(groups) == ["blur", "jpeg", "noise"]
    for name, group in groups.items():
        rows = name == TYPES
        expected = scipy.stats.spearmanr(PREDICTIONS[rows], MOS[rows]).statistic
        assert group.value == pytest.approx(expected)
        assert group.low < group.value < group.high
        assert (group.scored, group.missing) == (30, 0)


def test_missing_and_constant_predictions():
    predictions = PREDICTIONS.copy()
    predictions[[0, 3]] = np.nan
    predictions[TYPES == "jpeg"] = 0.5
    predictions[TYPES == "noise"] = np.nan
    groups = per_distortion(predictions, MOS, TYPES, resamples=10, metric=metrics.plcc)
    assert (groups["blur"].scored, groups["blur"].missing) == (28, 2)
    assert np.isnan(groups["jpeg"].value)
    assert (groups["noise"].scored, groups["noise"].missing) == (0, 30)
    assert np.isnan(groups["noise"].value)


def test_lengths_are_checked():
    with pytest.raises(ValueError, match=r"distortions.shape=\(89,\)"):
        per_distortion(PREDICTIONS, MOS, TYPES[1:])
