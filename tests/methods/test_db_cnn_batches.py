"""Tests of what DB-CNN's training sees: distorted crops, and rows of features."""

import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa.data.images import of_source
from tfiqa.data.row_batches import row_batches
from tfiqa.distortions.dbcnn import CLASSES
from tfiqa.methods import db_cnn
from tfiqa.methods.db_cnn import batches as pipelines


def test_batches_are_crops_of_known_classes_and_repeatable():
    small = db_cnn.Config(scnn_batch_size=2, scnn_resize=40, scnn_crop_size=32)
    images = of_source(toy_source(3))
    both, later = (
        list(pipelines.batches(images, small, seed=1, epochs=epochs))
        for epochs in (range(2), range(1, 2))
    )
    assert len(both) == 2
    for crops, classes in both:
        assert crops.shape == (2, 32, 32, 3)
        assert set(classes.numpy()) <= set(range(39))
    np.testing.assert_array_equal(both[1][0], later[0][0])
    np.testing.assert_array_equal(both[1][1], later[0][1])
    assert np.any(both[0][0] != both[1][0])


def test_each_class_is_a_type_and_a_level():
    image = toy_image(5, 40, 40)
    rng = np.random.default_rng
    noise = CLASSES.index(("white_noise", 3))
    assert np.any(pipelines.of_class(image, noise, rng(0)) != image)
    bright = pipelines.of_class(image, CLASSES.index(("overexposure", 5)), rng(0))
    expected = np.floor(np.minimum(image + 0.75 * 255, 255) + 0.5)
    np.testing.assert_array_equal(bright, expected)
    with pytest.raises(ValueError, match=r"0 to 38.*label=39"):
        pipelines.of_class(image, 39, rng(0))


@pytest.mark.parametrize(
    ("shape", "side", "expected"),
    [
        ((100, 50), 25, (50, 25)),
        ((30, 45), 60, (60, 90)),
        ((30, 45), 0, (30, 45)),
        ((48, 48), 48, (48, 48)),
    ],
)
def test_the_shorter_side_is_resized(shape, side, expected):
    assert pipelines.resized(toy_image(1, *shape), side).shape == (*expected, 3)


def test_crops_lie_in_the_image_or_reflect_it():
    image = np.arange(20 * 12).reshape(20, 12, 1).repeat(3, 2)
    seen = set()
    for seed in range(40):
        crop = pipelines.random_crop(image, np.random.default_rng(seed), size=8)
        steps = np.diff(crop[..., 0], axis=1)
        assert set(np.unique(steps)) in ({1}, {-1})
        seen.add((crop[0].min() // 12, steps[0, 0]))
    assert len({top for top, _ in seen}) > 5
    assert len({step for _, step in seen}) == 2
    small = pipelines.random_crop(image, np.random.default_rng(0), size=30)
    assert small.shape == (30, 30, 3)
    assert set(np.unique(small)) == set(np.unique(image))


def test_rows_are_shuffled_in_each_epoch_and_seen_once():
    rows = np.arange(10, dtype="float32")[:, None]
    labels = 2 * rows[:, 0]
    result = list(row_batches(rows, labels, batch_size=3, seed=0, epochs=range(2)))
    assert len(result) == 6
    halves = result[:3], result[3:]
    orders = [np.concatenate([r[:, 0] for r, _ in half]) for half in halves]
    assert all(len(set(order)) == 9 for order in orders)
    assert np.any(orders[0] != orders[1])
    for batch, targets in result:
        np.testing.assert_array_equal(targets, 2 * batch)
    (later,) = list(row_batches(rows, labels, batch_size=9, seed=0, epochs=range(1, 2)))
    np.testing.assert_array_equal(later[0][:, 0], orders[1])
