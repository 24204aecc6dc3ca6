"""Tests of the arithmetic on blocks of pixels."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions.compiled import PIXELS
from tfiqa.distortions.compiled import on_blocks
from tfiqa.distortions.compiled import on_pixels

traces = []


def blended(red, green, blue, factor):
    traces.append(1)
    return [red * factor + blue, green - blue * factor]


def with_key(key, block, values, offset):
    start = tf.cast(key[0] + block * PIXELS, tf.float32)
    return [values + start + tf.range(PIXELS, dtype=tf.float32) + offset]


@pytest.mark.parametrize("sides", [(1, 1), (30, 20), (256, 256), (270, 256)])
def test_pixels_of_any_number_are_each_computed(sides):
    rng = np.random.default_rng(0)
    planes = rng.uniform(size=(2, 3, *sides)).astype("float32")
    red, green, blue = planes.transpose(1, 0, 2, 3)
    expected = np.stack([red * 3 + blue, green - blue * 3], axis=1)
    np.testing.assert_allclose(on_pixels(blended, planes, 3.0), expected, atol=1e-6)
    unknown = tf.function(
        lambda planes: on_pixels(blended, planes, 3.0),
        input_signature=[tf.TensorSpec((None, 3, None, None))],
    )
    np.testing.assert_allclose(unknown(planes), expected, atol=1e-6)


def test_other_numbers_and_sizes_compile_nothing_anew():
    for side in (4, 8, 11):
        on_pixels(blended, tf.zeros((1, 3, side, side)), 1.0)
    before = len(traces)
    for side in (5, 7, 300):
        on_pixels(blended, tf.zeros((1, 3, side, side)), float(side))
    # The function that counts the channels is traced again, but never compiled.
    assert len(traces) == before


def test_indices_count_on_from_block_to_block():
    keys = tf.constant([[10, 0], [20, 0]])
    values = tf.zeros((2, 1, PIXELS + 7))
    result = on_blocks(with_key, values, keys, [tf.constant(0.5)]).numpy()
    expected = np.arange(PIXELS + 7) + np.array([[[10.5]], [[20.5]]])
    np.testing.assert_array_equal(result, expected)
