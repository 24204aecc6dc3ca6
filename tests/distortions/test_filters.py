"""Tests of filters against SciPy."""

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from tfiqa.distortions import filters

SIZES = [(16, 16), (37, 70), (64, 128), (130, 65)]


@pytest.fixture(params=SIZES, ids=str)
def planes(request):
    rng = np.random.default_rng(0)
    return rng.uniform(size=(2, 3, *request.param)).astype("float32")


@pytest.mark.parametrize("side", [1, 3, 21, 81])
@pytest.mark.parametrize(("symmetric", "mode"), [(False, "nearest"), (True, "reflect")])
def test_separable_filters_equal_scipy(planes, side, symmetric, mode):
    kernel = np.random.default_rng(side).uniform(size=side)
    kernel /= kernel.sum()
    expected = planes.astype("float64")
    for axis in (2, 3):
        expected = scipy.ndimage.correlate1d(expected, kernel, axis, mode=mode)
    filtered = filters.filter_separably(
        tf.constant(planes), kernel, symmetric=symmetric
    )
    np.testing.assert_allclose(filtered, expected, atol=3e-6)


@pytest.mark.parametrize("side", [1, 3, 11, 17])
def test_filters_equal_scipy(planes, side):
    kernel = np.random.default_rng(side).uniform(size=(side, side))
    kernel /= kernel.sum()
    weights = kernel[None, None]
    expected = scipy.ndimage.correlate(planes.astype("f8"), weights, mode="nearest")
    filtered = filters.filter_planes(
        tf.constant(planes), tf.constant(kernel, "float32")
    )
    np.testing.assert_allclose(filtered, expected, atol=3e-6)


def test_wide_mirrors_repeat():
    planes = np.arange(20.0, dtype="float32").reshape(1, 1, 4, 5)
    kernel = np.ones(41) / 41
    expected = planes.astype("float64")
    for axis in (2, 3):
        expected = scipy.ndimage.correlate1d(expected, kernel, axis, mode="reflect")
    filtered = filters.filter_separably(tf.constant(planes), kernel, symmetric=True)
    np.testing.assert_allclose(filtered, expected, rtol=1e-5)
