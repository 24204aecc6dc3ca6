"""Color spaces of views."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.data import color_views
from tfiqa.data.color_tensors import COLOR_TENSORS


@pytest.fixture(scope="module")
def noise():
    return np.random.RandomState(0).randint(0, 256, (40, 50, 3)).astype(np.uint8)


def mapped(function, *colors):
    return function(np.array([colors], np.uint8))[0].tolist()


def test_gray_is_the_integer_formula(noise):
    red, green, blue = np.moveaxis(noise.astype(np.int64), 2, 0)
    expected = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
    result = color_views.gray(noise)
    for channel in range(3):
        np.testing.assert_array_equal(result[..., channel], expected)


def test_lab_has_its_zero_in_the_middle():
    colors = (0, 0, 0), (255, 255, 255), (128, 128, 128), (255, 0, 0), (0, 0, 255)
    assert mapped(color_views.lab, *colors) == [
        *([0, 128, 128], [255, 128, 128], [137, 128, 128]),
        *([138, 209, 198], [75, 196, 16]),
    ]


def test_lab_is_that_of_white_d50(noise):
    difference = color_views.lab(noise).astype(float) - plain_lab(noise)
    assert np.abs(difference).max() < 1.6
    assert np.abs(difference).mean() < 0.4


def test_lab_of_signed_bytes():
    # As Pillow's arrays of these colors were found to be.
    result = {
        (0, 255, 0): [224, 177, 81],
        (200, 180, 20): [187, 253, 72],
        (64, 64, 96): [72, 6, 237],
        (128, 128, 128): [137, 0, 0],
    }
    assert mapped(color_views.lab_of_signed_bytes, *result) == list(result.values())


def test_hsv():
    result = {
        (0, 255, 0): [85, 255, 255],
        (10, 200, 30): [89, 242, 200],
        (64, 64, 96): [170, 85, 96],
        (250, 128, 114): [4, 138, 250],
    }
    assert mapped(color_views.hsv, *result) == list(result.values())


def test_local_mean_is_exact_to_numbers_of_the_authors_code(noise):
    result = color_views.local_mean(noise)
    assert result[0, 0].tolist() == [166, 87, 109]
    assert result[20, 25].tolist() == [45, 56, 171]
    assert result.mean() == pytest.approx(125.761, abs=5e-4)


def test_a_constant_picture_has_no_local_structure():
    assert not color_views.local_mean(np.full((9, 9, 3), 77, np.uint8)).any()


def plain_lab(pixels):
    """Returns Lab by its definition, sRGB adapted to D50."""
    values = pixels / 255
    light = np.where(
        values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4
    )
    xyz = (
        light
        @ np.array(
            [
                [0.4360747, 0.3850649, 0.1430804],
                [0.2225045, 0.7168786, 0.0606169],
                [0.0139322, 0.0971045, 0.7141733],
            ]
        ).T
    )
    ratio = xyz / np.array([0.96422, 1.0, 0.82521])
    knee = 6 / 29
    bent = np.where(ratio > knee**3, np.cbrt(ratio), ratio / (3 * knee**2) + 4 / 29)
    fx, fy, fz = np.moveaxis(bent, 2, 0)
    lightness, a, b = 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
    return np.stack([lightness * 2.55, a + 128, b + 128], axis=2)


@pytest.mark.parametrize("name", color_views.COLOR_VIEWS)
def test_tensors_have_the_same_bytes(name):
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (3, 40, 50, 3), np.uint8)
    pixels[0, :20] = pixels[0, 0, 0, 0]  # Grays.
    pixels[1] &= 0xF8
    pixels[2] = pixels[2, 0, 0]
    convert = tf.function(COLOR_TENSORS[name], jit_compile=True, autograph=False)
    result = convert(tf.constant(pixels)).numpy().astype(int)
    expected = np.stack([color_views.COLOR_VIEWS[name](one) for one in pixels])
    difference = np.abs(result - expected)
    assert difference.max() <= (name == "local_mean")
    assert (difference > 0).mean() < 1e-3
