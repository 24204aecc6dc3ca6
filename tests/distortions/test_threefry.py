"""Tests of the random numbers."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

from tfiqa.distortions import threefry

KEYS = tf.constant([[1, 2], [3, 4], [1, 2]])


@pytest.mark.parametrize(
    ("key", "counter", "words"),
    [  # The known answers that the authors of Threefry publish.
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
        (
            (0x13198A2E, 0x03707344),
            (0x243F6A88, 0x85A308D3),
            (0xC4923A9C, 0x483DF7A0),
        ),
    ],
)
def test_known_answers(key, counter, words):
    key, counter = tf.constant(key, tf.uint32), tf.constant(counter, tf.uint32)
    first, second = threefry.threefry2x32((key[0], key[1]), (counter[0], counter[1]))
    assert (int(first), int(second)) == words


@pytest.mark.parametrize(
    "draw",
    [
        lambda keys, stream: threefry.uniforms(keys, 7, stream=stream),
        lambda keys, stream: threefry.uniform_fields(keys, (5, 9), stream=stream),
        lambda keys, stream: threefry.normal_fields(keys, (5, 9), stream=stream),
        lambda keys, stream: threefry.fold(keys, tf.constant([stream, 0])),
    ],
)
def test_numbers_depend_on_key_and_stream_only(draw):
    together = draw(KEYS, 0).numpy()
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_array_equal(together[1], draw(KEYS[1:2], 0)[0])
    assert np.all(together[0] != together[1])
    assert np.all(together[0] != draw(KEYS, 1)[0])


def test_fields_are_the_same_eagerly_in_graphs_and_compiled():
    def draw(keys):
        return threefry.normal_fields(keys, (3, 250, 200))

    eager = draw(KEYS)
    np.testing.assert_array_equal(tf.function(draw)(KEYS), eager)
    compiled = tf.function(draw, jit_compile=True)(KEYS)
    np.testing.assert_allclose(compiled, eager, atol=1e-5)
    mapped = tf.data.Dataset.from_tensors(KEYS).map(draw).get_single_element()
    np.testing.assert_array_equal(mapped, eager)


def test_uniform_numbers_are_uniform_and_independent():
    field = threefry.uniform_fields(KEYS, (300000,)).numpy()
    assert field.min() >= 0
    assert field.max() < 1
    assert scipy.stats.kstest(field[0], "uniform").pvalue > 1e-3
    # Four standard errors of a correlation of so many numbers.
    for lag in (1, 2, threefry.PAIRS, 2 * threefry.PAIRS):
        assert abs(np.corrcoef(field[0, lag:], field[0, :-lag])[0, 1]) < 4 / 400
    assert abs(np.corrcoef(field[0], field[1])[0, 1]) < 4 / 547


def test_normal_numbers_are_normal_and_independent():
    field = threefry.normal_fields(KEYS, (300000,)).numpy()
    assert scipy.stats.kstest(field[0], "norm").pvalue > 1e-3
    for lag in (1, threefry.PAIRS):
        assert abs(np.corrcoef(field[0, lag:], field[0, :-lag])[0, 1]) < 4 / 400


def test_few_numbers_are_uniform():
    keys = tf.stack([tf.range(20000), tf.zeros(20000, tf.int32)], axis=1)
    numbers = threefry.uniforms(keys, 3).numpy()
    assert numbers.shape == (20000, 3)
    for column in numbers.T:
        assert scipy.stats.kstest(column, "uniform").pvalue > 1e-3
    assert np.abs(np.corrcoef(numbers.T) - np.eye(3)).max() < 4 / 141


def test_inverse_of_the_error_function():
    # Between all numbers that can be drawn, and at both ends.
    edge = np.float32(1 - 2.0**-24)
    drawn = np.linspace(-edge, edge, 200_001, dtype="float32")
    near_one = 1 - 2.0 ** -np.arange(1, 25, dtype="float32")
    values = np.concatenate([drawn, near_one, -near_one])
    result = threefry._inverse_error_function(tf.constant(values)).numpy()
    expected = scipy.special.erfinv(values.astype("float64"))
    np.testing.assert_allclose(result, expected, rtol=3e-7)
    np.testing.assert_array_equal(result[-24:], -result[-48:-24])
