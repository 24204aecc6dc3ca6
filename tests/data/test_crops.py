"""Tests of the random crops."""

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa.data import crops
from tfiqa.data import ops

SOURCE = toy_source(10)
OPTIONS = {"size": 16, "per_image": 3, "batch_size": 4, "seed": 1}


def batches(first=0, last=2, **options):
    data = crops.crop_batches(
        SOURCE, epochs=range(first, last), **{**OPTIONS, **options}
    )
    return [(images, labels) for images, labels in data.as_numpy_iterator()]


def test_every_epoch_has_the_same_number_of_whole_batches():
    result = batches()
    assert len(result) == 2 * (10 * 3 // 4)
    for images, labels in result:
        assert images.shape == (4, 16, 16, 3)
        assert images.dtype == np.float32
        assert labels.shape == (4, 1)


def test_a_later_start_sees_what_an_uninterrupted_run_sees():
    whole, part = batches(0, 3), batches(1, 3)
    for (images, labels), (later, marks) in zip(whole[7:], part, strict=True):
        np.testing.assert_array_equal(images, later)
        np.testing.assert_array_equal(labels, marks)


def test_epochs_and_seeds_differ():
    first, second = batches()[:7], batches()[7:]
    other = batches(seed=2)[:7]
    for one in (second, other):
        pairs = zip(first, one, strict=True)
        assert not any(np.array_equal(a[0], b[0]) for a, b in pairs)


def test_large_seeds_have_crops_of_their_own():
    # The keys of crops are int32, which holds no more than 2**20 seeds.
    one = toy_source(1)
    result = set()
    for seed in (0, 1, 2**19, 2**20, 2**20 + 1, 2**31, 2**32 - 1):
        data = crops.crop_batches(
            one, epochs=range(1), **{**OPTIONS, "seed": seed, "per_image": 4}
        )
        (images, _) = next(data.as_numpy_iterator())
        result.add(b"".join(sorted(crop.tobytes() for crop in images)))
    assert len(result) == 7


def test_crops_are_shuffled_by_the_seed_of_the_run():
    def places(seed):
        """Returns which of the crops of one picture, by their pixels, come when."""
        options = {**OPTIONS, "seed": seed, "per_image": 12, "batch_size": 12}
        data = crops.crop_batches(toy_source(1), epochs=range(1), **options)
        (images, _) = next(data.as_numpy_iterator())
        seeds = ops.split_seed(ops.example_key(seed, 0, tf.constant(0)), 12)
        image = tf.constant(toy_image(0))
        cut = [ops.random_crop(image, one, size=16).numpy() for one in seeds]
        order = [crop.astype("uint8").tobytes() for crop in cut]
        return [order.index(crop.astype("uint8").tobytes()) for crop in images]

    orders = [places(seed) for seed in range(3)]
    assert all(sorted(order) == list(range(12)) for order in orders)
    assert len(set(map(tuple, orders))) == 3


def test_every_picture_is_cut_and_keeps_its_label():
    result = batches(0, 1, batch_size=30)
    (images, labels), *rest = result
    assert not rest
    assert sorted(labels.ravel().tolist()) == sorted([*SOURCE.scores] * 3)
    for crop, label in zip(images, labels, strict=True):
        assert is_part_of(crop, toy_image(round(float(label[0]) / 3)))


def is_part_of(crop, image):
    windows = np.lib.stride_tricks.sliding_window_view(image, (16, 16, 3))[:, :, 0]
    return any(
        (windows == one).all(axis=(2, 3, 4)).any() for one in (crop, crop[:, ::-1])
    )


def test_labels_in_units_of_training():
    scaled = batches(0, 1, batch_size=30, scale=2.0, offset=3.0)[0][1]
    expected = (np.repeat(SOURCE.scores, 3) - 3.0) / 2.0
    np.testing.assert_allclose(np.sort(scaled.ravel()), np.sort(expected))


def test_small_pictures_are_continued_by_reflection():
    image = toy_image(4, 5, 9)
    crop = ops.random_crop(image, np.array([1, 2], "int32"), size=16).numpy()
    padded = np.pad(image, [(0, 11), (0, 7), (0, 0)], mode="reflect")
    assert any(np.array_equal(crop, one) for one in (padded, padded[:, ::-1]))


def test_corners_and_mirrors_are_uniform():
    rows = np.repeat(np.arange(20, dtype="uint8"), 20).reshape(20, 20)
    image = np.stack([rows, rows.T, rows], axis=-1)
    seeds = np.stack([np.arange(2000), np.zeros(2000)], axis=1).astype("int32")
    cut = tf.data.Dataset.from_tensor_slices(seeds).map(
        lambda seed: ops.random_crop(image, seed, size=16)
    )
    result = np.stack(list(cut.as_numpy_iterator()))
    tops = np.bincount(result[:, 0, 0, 0], minlength=5)
    lefts = np.bincount(result[:, 0, :, 1].min(axis=1), minlength=5)
    mirrored = (result[:, 0, 0, 1] > result[:, 0, -1, 1]).mean()
    for counts in (tops, lefts):
        np.testing.assert_allclose(counts, 400, atol=80)
    assert mirrored == pytest.approx(0.5, abs=0.05)


def test_resized_first():
    result = batches(0, 1, batch_size=30, resize=(16, 16))[0][0]
    expected = {
        ops.resize(toy_image(seed), 16, 16).numpy().tobytes() for seed in range(10)
    }
    for crop in result.astype("uint8"):
        assert {crop.tobytes(), crop[:, ::-1].tobytes()} & expected
