"""Tests of the means over bins."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import AdaptiveMean


def bins(features, grid):
    """The definition, bin by bin."""
    _, height, width, _ = features.shape
    rows = []
    for row in range(grid):
        for column in range(grid):
            top, bottom = row * height // grid, -(-(row + 1) * height // grid)
            left, right = column * width // grid, -(-(column + 1) * width // grid)
            rows.append(features[:, top:bottom, left:right].mean(axis=(1, 2)))
    return np.stack(rows, axis=1)


@pytest.mark.parametrize("grid", [1, 2, 3])
@pytest.mark.parametrize("size", [(8, 8), (4, 5), (7, 3), (1, 2)])
def test_is_the_mean_over_each_bin(size, grid):
    features = np.random.default_rng(0).normal(size=(2, *size, 3)).astype("float32")
    result = AdaptiveMean(grid)(features)
    np.testing.assert_allclose(result, bins(features, grid), rtol=1e-4, atol=1e-6)


def test_bins_overlap_where_a_side_is_odd():
    features = np.array([0.0, 0.0, 3.0, 0.0, 0.0], "float32").reshape(1, 1, 5, 1)
    result = ops.convert_to_numpy(AdaptiveMean(2)(features)).ravel()
    np.testing.assert_allclose(result, 1.0, rtol=1e-6)


def test_half_precision_is_averaged_in_single():
    features = ops.cast(np.full((1, 40, 40, 1), 1.0078125), "bfloat16")
    result = AdaptiveMean(2)(features)
    assert result.dtype in ("float32", np.float32)
    np.testing.assert_allclose(result, 1.0078125, rtol=1e-6)


def test_rejects_grid():
    with pytest.raises(ValueError, match="grid=0"):
        AdaptiveMean(0)
