"""Tests of the correlation of resamples against sorting each of them."""

import numpy as np
import pytest
import scipy.stats

from tfiqa.metrics import resampled


def test_ranks_are_those_of_the_resample():
    random = np.random.default_rng(0)
    values = np.round(random.normal(size=30), 1)  # With ties.
    draws = random.integers(30, size=(20, 30))
    ranks = resampled.ranks(resampled.counts(draws, 30), values)
    for draw, row in zip(draws, ranks, strict=True):
        expected = scipy.stats.rankdata(values[draw]) - 15.5
        np.testing.assert_array_equal(row[draw], expected)


def test_counts_are_those_of_a_loop():
    draws = np.array([[0, 0, 2], [1, 2, 1]])
    assert resampled.counts(draws, 3).tolist() == [[2, 0, 1], [0, 2, 1]]


def test_a_resample_of_one_picture_is_undefined():
    draws = np.array([[1, 1, 1], [0, 1, 2]])
    result = resampled.srocc_of_draws(draws, np.arange(3.0), np.arange(3.0))
    assert np.isnan(result[0])
    assert result[1] == pytest.approx(1)
