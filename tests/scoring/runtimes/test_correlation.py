"""Banded products against sums of shifted samples."""

import numpy as np
import pytest

from tfiqa.scoring.runtimes import correlation

TAPS = (0.5, -2.0, 3.0, 0.25)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("step", [1, 2])
@pytest.mark.parametrize("count", [1, 8, 21])
def test_products_are_sums_of_shifted_samples(axis, step, count, monkeypatch):
    monkeypatch.setattr(correlation, "WIDEST", 5)
    shape = [2, 11, 13]
    shape[axis] = step * (count - 1) + len(TAPS)
    planes = np.random.default_rng(0).normal(size=shape)
    shape[axis] = count
    # A part of a larger array, of which the rest must not change.
    around = np.full((2, shape[1], shape[2] + 6), 7.0)
    correlation.correlate(planes, TAPS, around[:, :, 3:-3], axis=axis, step=step)
    samples = np.arange(count) * step
    expected = sum(
        tap * planes.take(samples + k, axis=axis) for k, tap in enumerate(TAPS)
    )
    np.testing.assert_allclose(around[:, :, 3:-3], expected, rtol=1e-12, atol=1e-12)
    assert np.all(around[:, :, [0, 1, 2, -3, -2, -1]] == 7.0)
