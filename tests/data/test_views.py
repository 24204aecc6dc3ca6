"""Tests of pairs of views."""

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_source import toy_source
from tfiqa.data import images
from tfiqa.data import views

SEEDS = range(40)


def places(height, width):
    """Returns a picture whose pixels hold their row and column."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([rows, columns, rows + columns], axis=-1).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(20, 30), (30, 20), (16, 16)])
def test_views_do_not_overlap_and_are_at_one_place_in_all_pictures(height, width):
    stack = np.stack([places(height, width), places(height, width) + 1])
    side = min(height, width) // 2
    corners = set()
    for seed in SEEDS:
        pairs = views.two_views(tf.constant(stack), [3, seed]).numpy()
        assert pairs.shape == (2, 2, side, side, 3)
        np.testing.assert_array_equal(pairs[1], pairs[0] + 1)
        first, second = pairs[0]
        for view in (first, second):  # A square of neighbours.
            top, left = view[0, 0, :2]
            np.testing.assert_array_equal(
                view, stack[0, top : top + side, left : left + side]
            )
        seen = {tuple(pixel) for pixel in first.reshape(-1, 3)}
        assert not seen & {tuple(pixel) for pixel in second.reshape(-1, 3)}
        apart = second[0, 0, :2].astype(int) - first[0, 0, :2]
        corners.add("below" if apart[0] >= side else "beside")
        assert max(apart) >= side
    assert corners == {"below", "beside"}


def test_all_places_are_taken():
    picture = tf.constant(places(8, 12))[None]
    tops, lefts = set(), set()
    for seed in range(100):
        pairs = views.two_views(picture, [0, seed]).numpy()[0]
        tops |= {int(view[0, 0, 0]) for view in pairs}
        lefts |= {int(view[0, 0, 1]) for view in pairs}
    assert tops == set(range(5))
    assert lefts == set(range(9))


def test_odd_sides_repeat_their_last_row():
    pairs = views.two_views(tf.constant(places(3, 5))[None], [0, 1]).numpy()
    assert pairs.shape == (1, 2, 2, 2, 3)


def test_resizing_has_no_filter_and_half_pixel_centres():
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    (first, _) = views.two_views(tf.constant(picture)[None], [1, 1]).numpy()[0]
    result = views.resized_views(tf.constant(picture), [1, 1], 2).numpy()
    assert result.shape == (2, 2, 2, 3)
    expected = first.reshape(2, 2, 2, 2, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(result[0], expected, atol=1e-4)


def test_native_views_are_crops_of_both_halves():
    sides = set()
    for number in range(8):
        picture = places(20, 30)
        crops, whole = views.native_views(tf.constant(picture), [number, 1], 6)
        result = crops.numpy()
        assert result.shape == whole.shape == (2, 6, 6, 3)
        for crop in result:
            assert (np.diff(crop[:, 0, 0]) == 1).all()  # Rows at their own scale.
            assert (np.diff(crop[0, :, 1]) == 1).all()
        first, second = result[:, 0, 0, :2]
        apart = first[0] + 6 <= 10 <= second[0] or first[1] + 6 <= 15 <= second[1]
        assert apart
        sides.add(tuple(first))
        # Each crop lies in its view, whose mean and spread the resized one has.
        spans = np.ptp(whole.numpy()[:, :, :, :2], axis=(1, 2))
        assert (spans > np.ptp(crops.numpy()[:, :, :, :2], axis=(1, 2))).all()
    assert len(sides) > 4


def test_scenes_are_crops_or_continued():
    for size in ((20, 30), (5, 7)):
        scene = views.scene(tf.constant(places(*size)), [0, 1], 8, 10).numpy()
        assert scene.shape == (8, 10, 3)
        steps = np.diff(scene[:, 0, 0].astype(int))
        assert set(np.abs(steps)) == {1}


def test_large_seeds_have_views_of_their_own():
    pictures = images.of_source(toy_source(1))
    result = set()
    for seed in (0, 1, 2**19, 2**20, 2**20 + 1, 2**31, 2**32 - 1):
        data = views.batches(
            pictures,
            lambda image, key: key,
            batch_size=1,
            seed=seed,
            epochs=range(1),
        )
        (key,) = next(data.as_numpy_iterator())
        result.add(tuple(key.tolist()))
    assert len(result) == 7


def test_batches_are_a_pure_function_of_the_epoch():
    pictures = images.of_source(toy_source(7))

    def batches(first):
        return list(
            views.batches(
                pictures,
                lambda image, key: views.scene(image, key, 8, 8),
                batch_size=3,
                seed=5,
                epochs=range(first, 3),
            ).as_numpy_iterator()
        )

    whole, rest = batches(0), batches(2)
    assert len(whole) == 6  # Seven pictures are two batches an epoch.
    np.testing.assert_array_equal(whole[4:], rest)
    assert not np.array_equal(whole[0], whole[2])
