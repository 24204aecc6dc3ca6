"""Parts of the batches of a training, against all of them."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_source import source_of
from tests.support.toy_source import toy_source
from tfiqa.data import crops
from tfiqa.data import epochs
from tfiqa.data import images
from tfiqa.data import order
from tfiqa.data import views
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part


def rows(dataset):
    return [(int(epoch), int(place)) for epoch, place in dataset.as_numpy_iterator()]


def test_all_positions_follow_one_another():
    result = rows(WHOLE.positions(range(3, 5), steps=2, size=3))
    assert result == list(itertools.product((3, 4), range(6)))


def test_skipped_batches_may_cross_epochs():
    whole = rows(WHOLE.positions(range(4), steps=3, size=2))
    for skip in (0, 1, 4, 11, 12, 13):
        part = rows(Part(skip=skip).positions(range(4), steps=3, size=2))
        assert part == whole[2 * skip :]


def test_each_worker_and_feeder_has_its_own_rows():
    whole = rows(WHOLE.positions(range(2), steps=3, size=4))
    batches = [whole[start : start + 4] for start in range(0, 24, 4)]
    for worker, feeder in itertools.product(range(2), range(4)):
        part = Part(worker, 2, feeder, 4, skip=1)
        expected = [batch[2 * worker : 2 * worker + 2] for batch in batches[1:]]
        result = rows(part.positions(range(2), steps=3, size=4))
        assert result == list(itertools.chain(*expected[feeder::4]))


def test_workers_that_cannot_share_are_an_error():
    with pytest.raises(ValueError, match=r"3 workers can share evenly.*4 rows"):
        Part(workers=3).positions(range(1), steps=1, size=4)


def test_the_worker_of_a_run():
    run = type("Run", (), {"worker": 2, "workers": 4})()
    assert order.of_worker(run) == Part(2, 4)


PIPELINES = {
    "crops": lambda part: crops.crop_batches(
        toy_source(5),
        **{"size": 8, "per_image": 3, "batch_size": 4, "seed": 1},
        epochs=range(2, 4),
        part=part,
    ),
    "together": lambda part: crops.crop_batches(
        toy_source(5),
        **{"size": 8, "per_image": 3, "batch_size": 4, "seed": 1, "together": True},
        epochs=range(2, 4),
        part=part,
    ),
    "views": lambda part: views.batches(
        images.joined([images.of_source(toy_source(n)) for n in (3, 6)]),
        lambda image, key: views.scene(image, key, 8, 8),
        **{"batch_size": 4, "seed": 1},
        epochs=range(2, 4),
        part=part,
    ),
    "mapped": lambda part: epochs.batched(
        epochs.mapped(
            images.of_source(toy_source(5, broken={1: b"no picture"})),
            lambda image, index, epoch: (image[:2, :2], index, epoch),
            epochs.arrays(((2, 2, 3), "uint8"), ((), "int64"), ((), "int64")),
            **{"seed": 1, "per_epoch": 8, "per_batch": 4, "passes": 2},
            epochs=range(2, 4),
            part=part,
        ),
        part.share(4),
    ),
}


def batches(name, part=WHOLE):
    made = PIPELINES[name](part).as_numpy_iterator()
    return [tf.nest.flatten(batch) for batch in made]


@pytest.mark.parametrize("name", PIPELINES)
def test_workers_together_make_the_batches_of_one(name):
    whole = batches(name)
    assert len(whole) >= 2
    parts = [batches(name, Part(worker, 2)) for worker in (0, 1)]
    for batch, *shares in zip(whole, *parts, strict=True):
        for tensor, *pieces in zip(batch, *shares, strict=True):
            np.testing.assert_array_equal(np.concatenate(pieces), tensor)


@pytest.mark.parametrize("name", PIPELINES)
def test_feeders_in_turn_make_the_batches_of_one(name):
    whole = batches(name)[1:]
    parts = [batches(name, Part(feeder=n, feeders=3, skip=1)) for n in range(3)]
    turns = itertools.chain(*itertools.zip_longest(*parts))
    for batch, made in zip(whole, turns, strict=False):
        for tensor, other in zip(batch, made, strict=True):
            np.testing.assert_array_equal(other, tensor)
    assert sum(map(len, parts)) == len(whole)


def test_a_part_of_complete_batches():
    whole = tf.data.Dataset.range(24).batch(4, drop_remainder=True)
    part = Part(1, 2, 1, 2, skip=1).of_batches(whole.map(lambda rows: (rows, -rows)))
    expected = [([10, 11], [-10, -11]), ([18, 19], [-18, -19])]
    result = [(a.tolist(), b.tolist()) for a, b in part.as_numpy_iterator()]
    assert result == expected


def test_a_part_is_marked_so_that_nothing_divides_it_again():
    divides = tf.data.experimental.AutoShardPolicy
    for part, policy in ((WHOLE, divides.AUTO), (Part(1, 2), divides.OFF)):
        options = PIPELINES["crops"](part).options()
        assert options.experimental_distribute.auto_shard_policy == policy


@pytest.mark.parametrize("count", [1, 4000])
def test_all_epochs_are_one_graph(count):
    traced = []

    def cut(image, key):
        traced.append(image)
        return image[:1, :1]

    pictures = images.of_source(toy_source(4))
    views.batches(pictures, cut, batch_size=2, seed=0, epochs=range(count))
    assert len(traced) == 1


def test_only_rows_of_a_worker_are_read():
    read = []

    def image(seed, index):
        read.append(index)
        return np.full((16, 16, 3), index, np.uint8)

    pictures = images.Images("counted", 8, image)
    part = views.batches(
        pictures,
        lambda image, key: image[:1, :1],
        **{"batch_size": 4, "seed": 0, "epochs": range(1), "part": Part(1, 2)},
    )
    list(part)
    assert len(read) == 4


def test_a_batch_of_crops_has_nearly_as_many_images_as_crops():
    """A full shuffle: 96 crops of 300 images with 25 crops each."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    source = source_of([pixels + number % 256 for number in range(300)])
    made = crops.crop_batches(
        source,
        **{"size": 4, "per_image": 25, "batch_size": 96, "seed": 0},
        epochs=range(1),
    )
    labels = [mos[:, 0] for _, mos in made.as_numpy_iterator()]
    count = np.mean([len(np.unique(mos)) for mos in labels])
    # The mean of draws without replacement from 300 images of 25 crops.
    remaining = np.arange(7500 - 96 - 24, 7500 - 24) / np.arange(7500 - 95, 7501)
    assert abs(count - 300 * (1 - np.prod(remaining))) < 1.5
    # The crops of an image are spread over the epoch.
    places = [np.flatnonzero([number in mos for mos in labels]) for number in range(9)]
    assert np.mean([np.ptp(place) for place in places]) > 0.85 * len(labels)
