"""Tests of gray levels, against double precision."""

import numpy as np
import pytest
from keras import ops

from tests.layers.test_aggd import require_double
from tfiqa.layers.gray_levels import gray_levels
from tfiqa.pixels import luma


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_levels_are_those_of_double_precision(dtype):
    require_double()
    axis = np.arange(256)
    for red in (0, 63, 128, 217, 255):
        colors = np.stack(np.meshgrid(red, axis, axis, indexing="ij"), axis=-1)
        exact = np.floor(colors @ np.array(luma.MATLAB) + 0.5)
        result = ops.convert_to_numpy(gray_levels(colors.astype(dtype), dtype))
        np.testing.assert_array_equal(result, exact)


def test_single_precision_alone_is_wrong_for_some_colors():
    # Else the coarse and the fine part of the weights would not be needed.
    axis = np.arange(256)
    colors = np.stack(np.meshgrid(axis, axis, axis[::8], indexing="ij"), axis=-1)
    single = colors.astype("float32") @ np.array(luma.MATLAB, "float32")
    plain = np.floor(single + np.float32(0.5))
    exact = np.floor(colors @ np.array(luma.MATLAB) + 0.5)
    assert (plain != exact).any()
    wrong = colors[plain != exact]
    result = ops.convert_to_numpy(gray_levels(wrong.astype("float32"), "float32"))
    np.testing.assert_array_equal(result, exact[plain != exact])


def test_levels_are_rounded_and_a_nan_stays():
    pixels = np.array([[9.6, 10.4, 10.0], [255, 255, 255], [np.nan, 0, 0]], "float32")
    result = ops.convert_to_numpy(gray_levels(pixels, "float32"))
    np.testing.assert_array_equal(result, [10, 255, np.nan])
