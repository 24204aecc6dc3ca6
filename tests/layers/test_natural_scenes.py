"""Tests of the parts of NIQE and IL-NIQE: windows, resizes, gradients, log-Gabor."""

import numpy as np
import pytest
from keras import ops
from scipy import ndimage

from benchmarks import plain_niqe
from tests.layers.test_aggd import require_double
from tfiqa.layers import MatlabResize
from tfiqa.layers.correlation import correlate
from tfiqa.layers.correlation import correlate_window
from tfiqa.layers.correlation import gaussian_taps
from tfiqa.layers.correlation import halved
from tfiqa.layers.correlation import replicated
from tfiqa.layers.gaussian_gradient import gaussian_gradient
from tfiqa.layers.ilniqe_features import _halved as decimated
from tfiqa.layers.log_gabor import log_gabor
from tfiqa.layers.matlab_resize import cubic_weights
from tfiqa.layers.mscn import mscn
from tfiqa.layers.niqe_features import HALVING


@pytest.fixture(autouse=True)
def double():
    require_double()


def tensor(array):
    return ops.convert_to_tensor(np.asarray(array, "float64"))


def levels(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape).astype("float64")


@pytest.mark.parametrize(
    ("size", "sigma", "row", "expected"),
    [
        (7, 7 / 6, 0, [0.00015776, 0.0009901, 0.00298049, 0.00430352]),
        (5, 5 / 6, 2, [0.0129032, 0.1118854, 0.2298611]),
        (6, 0.9, 2, [0.00355794, 0.04202727, 0.14444322, 0.14444322]),
    ],
)
def test_windows_are_those_of_fspecial(size, sigma, row, expected):
    taps = gaussian_taps(size, sigma)
    window = np.outer(taps, taps)
    np.testing.assert_allclose(window[row, : len(expected)], expected, atol=6e-9)


@pytest.mark.parametrize("size", [5, 6])
def test_correlation_is_scipys(size):
    maps, taps = levels(0, 20, 2, 17), gaussian_taps(size, 0.9)
    # An even window reaches further to the right.
    expected = ndimage.correlate1d(
        maps, taps, axis=0, origin=(size - 1) // 2 - size // 2
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(correlate(tensor(maps), taps)),
        expected[(size - 1) // 2 : 20 - size // 2],
        rtol=1e-12,
    )


def test_half_of_a_correlation_is_every_other_result():
    maps, taps = levels(0, 2, 20, 18), gaussian_taps(6, 0.9)
    whole = correlate(tensor(np.moveaxis(maps, 1, 0)), taps)
    np.testing.assert_array_equal(
        halved(tensor(maps), taps),
        np.moveaxis(ops.convert_to_numpy(whole)[::2], 0, 1),
    )


def test_one_pass_is_two():
    maps, taps = levels(1, 12, 15), gaussian_taps(5, 5 / 6)
    down = correlate(tensor(maps), taps)
    np.testing.assert_allclose(
        correlate_window(tensor(maps[None]), np.outer(taps, taps))[0],
        ops.transpose(correlate(ops.transpose(down), taps)),
        rtol=1e-12,
    )


@pytest.mark.parametrize("separable", [True, False])
def test_mscn_is_the_plain_one(separable):
    image, taps = levels(2, 30, 41), gaussian_taps(7, 7 / 6)
    result = mscn(
        replicated(tensor(image[None]), 3, 3, axis=1), taps, separable=separable
    )
    expected = plain_niqe.mscn(image, np.outer(taps, taps))
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_allclose(one[0], other, atol=1e-11)


def test_rounding_in_flat_areas_can_become_zero():
    image = np.full((1, 20, 20), 77.0)
    image[:, 12:] = levels(3, 8, 20)
    taps = gaussian_taps(7, 7 / 6)
    as_it_is = ops.convert_to_numpy(mscn(tensor(image), taps)[0])
    cleared = ops.convert_to_numpy(mscn(tensor(image), taps, exact_zeros=True)[0])
    assert (cleared[:, :6] == 0).all()
    np.testing.assert_array_equal(cleared[:, 6:], as_it_is[:, 6:])


def test_halving_is_the_resize_by_a_half():
    taps, weights = cubic_weights(20, 10, "float64")
    rows = np.zeros((10, 40))
    np.add.at(rows, (np.arange(10)[:, None], np.asarray(taps)), np.asarray(weights))
    np.testing.assert_allclose(rows[4, 5:13], HALVING, atol=1e-16)


@pytest.mark.parametrize(
    ("shape", "target"),
    [((40, 30), (37, 37)), ((20, 33), (50, 17)), ((9, 9), (9, 4)), ((1, 3), (5, 2))],
)
def test_resize_is_the_plain_one(shape, target):
    image = levels(4, *shape, 3)
    result = MatlabResize(*target)(image[None].astype("uint8"))
    expected = plain_niqe.resize(image, *target, rounded=True)
    np.testing.assert_array_equal(ops.convert_to_numpy(result)[0], expected)


def test_floats_that_are_almost_levels_are_resized_as_levels():
    image = levels(4, 1, 40, 30, 3)
    near = image + np.random.default_rng(5).uniform(-0.4, 0.4, image.shape)
    expected = ops.convert_to_numpy(MatlabResize(52, 17)(image.astype("uint8")))
    for floats in (near, near.astype("float32")):
        result = ops.convert_to_numpy(MatlabResize(52, 17)(floats))
        np.testing.assert_array_equal(result, expected)


def test_plain_resize_is_matlabs():
    ramp = np.arange(16.0).reshape(4, 4)
    expected = [
        [0.7506, 2.1004, 3.4503],
        [6.1501, 7.5, 8.8499],
        [11.5495, 12.8996, 14.2494],
    ]
    np.testing.assert_allclose(plain_niqe.resize(ramp, 3, 3), expected, atol=1e-3)


def test_constant_pictures_stay_constant():
    result = MatlabResize(31, 64)(np.full((2, 47, 20, 3), 201, "uint8"))
    assert (ops.convert_to_numpy(result) == 201).all()


@pytest.mark.parametrize("arguments", [(0, 4), (4, -1)])
def test_resize_rejects_sizes(arguments):
    with pytest.raises(ValueError, match="at least 1"):
        MatlabResize(*arguments)


@pytest.mark.parametrize("sigma", [1.66, 1.36716])
def test_gradients_are_convolutions(sigma):
    maps = levels(5, 2, 25, 33)
    across, down = gaussian_gradient(tensor(maps), sigma)
    for index in range(2):
        expected = plain_niqe.gradient(maps[index], sigma)
        for result, wanted in zip((across, down), expected, strict=True):
            turned = ops.convert_to_numpy(result)[index].T
            np.testing.assert_allclose(turned, wanted, atol=1e-9)


@pytest.mark.parametrize("scale", [1, 2])
def test_log_gabor_filters_are_the_plain_ones(scale):
    radial, angular = (np.asarray(p) for p in log_gabor(24, scale, "float64"))
    filters = (radial[:, None] * angular).reshape(12, 24, 24)
    np.testing.assert_allclose(
        filters, plain_niqe.log_gabor(24, scale), rtol=1e-9, atol=1e-14
    )
    assert (filters[:, 0, 0] == 0).all()
    # One half of the frequencies is suppressed: responses are complex.
    assert np.abs(np.fft.ifft2(filters).imag).max() > 0.01


def test_second_scale_is_every_other_pixel_of_a_smoothed_one():
    planes, taps = levels(6, 2, 18, 18), gaussian_taps(6, 0.9)
    expected = [
        ndimage.correlate(p, np.outer(taps, taps), mode="nearest", origin=-1)[::2, ::2]
        for p in planes
    ]
    np.testing.assert_allclose(decimated(tensor(planes)), expected, rtol=1e-12)
