"""Tests for the random streams."""

import numpy as np
import pytest

from tfiqa.synthetic.randomness import Stream


def test_numbers_are_the_published_philox():
    # Random123, known answers of philox4x64-10 for counter and key of zeros;
    # NumPy counts up before its first block.
    bits = np.random.Philox(key=[0, 0], counter=[2**64 - 1] * 4).random_raw(4)
    known = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B]
    assert bits[:3].tolist() == known
    expected = np.random.Generator(
        np.random.Philox(key=[5, 7], counter=[0, 0, 0, 3])
    ).random((4, 2))
    np.testing.assert_array_equal(Stream(5, 7, 3).uniform(4, 2), expected)


def test_keys_and_purposes_give_different_streams():
    keys = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (2**64 - 1, 2**64 - 1, 0)]
    firsts = {Stream(*key).uniform(1)[0] for key in keys}
    assert len(firsts) == len(keys)


def test_stream_goes_on_where_it_stopped():
    whole, parts = Stream(1, 2), Stream(1, 2)
    joined = np.concatenate([parts.uniform(3), parts.uniform(2, 4).ravel()])
    np.testing.assert_array_equal(whole.uniform(11), joined)


def test_whole_numbers_are_equally_likely():
    counts = np.bincount(Stream(0, 0).integers(7, 70_000), minlength=7)
    # The 99.99 % quantile of chi-squared with 6 degrees of freedom.
    assert np.square(counts - 10_000).sum() / 10_000 < 27.9


@pytest.mark.parametrize("value", [-1, 2**64, 1.5, "3"])
def test_keys_out_of_range_are_named(value):
    with pytest.raises(ValueError, match=f"Received: seed={value}"):
        Stream(value, 0)
    with pytest.raises(ValueError, match=f"Received: index={value}"):
        Stream(0, value)
