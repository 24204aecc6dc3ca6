"""Tests of the images that a training holds back."""

import pytest

from tests.support.toy_source import toy_source
from tfiqa.data.held_images import held_out
from tfiqa.data.images import joined
from tfiqa.data.images import of_source
from tfiqa.training.unlabeled import stream_images

PICTURES = of_source(toy_source(8))


def pixels(images, seed, number):
    return sorted(
        example["image"].tobytes()
        for example in images.epoch(seed, number).as_numpy_iterator()
    )


def test_held_images_are_never_learned_from():
    everything = pixels(PICTURES, 5, 0)
    assert len(set(everything)) == 8
    rest, back = held_out(PICTURES, 3, seed=5)
    assert (rest.count, back.count) == (5, 3)
    held = pixels(back, 5, 0)
    for number in range(2):
        assert pixels(back, 5, number) == held
        assert sorted([*pixels(rest, 5, number), *held]) == everything
    again, other = (held_out(PICTURES, 3, seed=seed)[1] for seed in (5, 6))
    assert pixels(again, 5, 0) == held
    assert pixels(other, 6, 0) != held


def test_readable_images_are_held():
    broken = of_source(toy_source(8, broken={6: b"no image", 7: b"no image"}))
    rest, back = held_out(broken, 3, seed=0)
    held = set(pixels(back, 0, 0))
    assert len(held) == 3
    learned = pixels(rest, 0, 0)
    assert len(learned) == 5
    assert not held & set(learned)
    with pytest.raises(ValueError, match="Received: 6 to hold back of 6 in 'toy'"):
        held_out(broken, 6, seed=0)


def test_images_of_several_sources_are_held():
    both = joined([PICTURES, of_source(toy_source(3))])
    rest, back = held_out(both, 4, seed=1)
    everything = sorted([*pixels(rest, 1, 0), *pixels(back, 1, 0)])
    assert everything == pixels(both, 1, 0)


def test_endless_images_continue_after_those_that_are_held():
    stream = stream_images("dead_leaves", 32, 4)
    rest, back = held_out(stream, 2, seed=0)
    assert (rest.count, back.count) == (2, 2)
    held = pixels(back, 0, 0)
    assert pixels(back, 0, 1) == held
    learned = [one for number in range(3) for one in pixels(rest, 0, number)]
    assert len(set(learned)) == 6
    assert not set(held) & set(learned)


def test_some_images_must_remain():
    with pytest.raises(ValueError, match="Received: 8 to hold back of 8 in 'toy'"):
        held_out(PICTURES, 8, seed=0)
