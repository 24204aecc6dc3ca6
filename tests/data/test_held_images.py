"""Tests of the images that a training holds back."""

import pytest

from tests.support.toy_source import toy_source
from tfiqa.data.held_images import held_out
from tfiqa.data.images import of_source

PICTURES = of_source(toy_source(8))


def indices(images, seed, number):
    return [int(e["index"]) for e in images.epoch(seed, number).as_numpy_iterator()]


def test_held_images_are_never_learned_from():
    rest, back = held_out(PICTURES, 3, seed=5)
    assert (rest.count, back.count) == (5, 3)
    held = sorted(indices(back, 5, 0))
    assert len(set(held)) == 3
    for number in range(2):
        assert sorted(indices(back, 5, number)) == held
        assert sorted([*indices(rest, 5, number), *held]) == list(range(8))
    again, other = (held_out(PICTURES, 3, seed=seed)[1] for seed in (5, 6))
    assert sorted(indices(again, 5, 0)) == held
    assert sorted(indices(other, 6, 0)) != held


def test_an_epoch_is_full_though_a_held_image_stands_for_an_unreadable_one():
    source = toy_source(8)
    repeated = of_source(source)

    def epoch(seed, number):  # The last two are unreadable, the first ones repeated.
        return PICTURES.epoch(seed, number).take(6).repeat().take(8)

    object.__setattr__(repeated, "epoch", epoch)
    rest, back = held_out(repeated, 3, seed=0)
    held = set(indices(back, 0, 0))
    assert len(held) == 3
    learned = indices(rest, 0, 0)
    assert len(learned) == 5
    assert not held & set(learned)


def test_some_images_must_remain():
    with pytest.raises(ValueError, match="Received: 8 to hold back of 8 in 'toy'"):
        held_out(PICTURES, 8, seed=0)
