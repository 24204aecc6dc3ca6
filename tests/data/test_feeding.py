"""Batches of several processes, against those of one."""

import dataclasses
import functools
import multiprocessing
import pickle
import types

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_source import toy_source
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data import images
from tfiqa.data import views
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.trainers.position import Position


def corners(pictures, *, part=WHOLE):
    """Seven batches of the top left pixels of pictures."""
    made = views.batches(
        pictures,
        lambda image, key: (image[:3, :2], key),
        **{"batch_size": 2, "seed": 1, "epochs": range(1, 2), "part": part},
    )
    return made.map(lambda pixels, keys: {"pixels": pixels, "keys": (keys, keys[0])})


def pixels(pictures, *, seed, epochs, batch_size, part=WHOLE):
    options = {"batch_size": batch_size, "seed": seed, "epochs": epochs, "part": part}
    return views.batches(pictures, lambda image, key: image[:3, :2], **options)


def failing(part=WHOLE):
    raise ValueError("No such batches.")


def run_of(count):
    return types.SimpleNamespace(worker=0, workers=1, feeding_processes=count)


def pictures():
    broken = images.of_source(toy_source(9, broken={4: b"no picture"}))
    return images.joined([broken, images.of_source(toy_source(6))])


def flat(dataset):
    return [tf.nest.flatten(batch) for batch in dataset.as_numpy_iterator()]


def test_two_processes_make_the_batches_of_one(capfd):
    alone, fed = pictures(), pictures()
    whole = feeding.batches(functools.partial(corners, alone), run_of(1))
    parts = feeding.batches(functools.partial(corners, fed), run_of(2))
    assert parts.element_spec == whole.element_spec
    expected, result = flat(whole), flat(parts)
    assert len(expected) == len(result) == 7
    for one, other in zip(expected, result, strict=True):
        for tensor, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(tensor, same)
    assert fed.skipped == alone.skipped
    assert fed.parts[0].skipped.keys() == {"picture 4"}
    assert "Skipped: picture 4" in capfd.readouterr().err


def test_batches_before_a_position_are_not_made():
    source = images.of_source(toy_source(6))
    read = []

    def noted(seed, index):
        read.append(index)
        return source.read(seed, index)

    run = types.SimpleNamespace(seed=1, **vars(run_of(1)))
    noting = dataclasses.replace(source, read=noted)
    make = feeding.from_position(pixels, noting, run=run, epochs=3, batch_size=2)
    whole = list(make(Position(0, 0)).as_numpy_iterator())
    assert len(whole) == 9
    read.clear()
    rest = list(make(Position(1, 2)).as_numpy_iterator())
    assert len(read) == 2 * len(rest) == 8
    for one, other in zip(rest, whole[5:], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_process_that_fails_or_ends_is_an_error():
    ours, theirs = multiprocessing.Pipe(duplex=False)
    feeding._send(failing, WHOLE, theirs)
    theirs.close()
    with pytest.raises(RuntimeError, match="failed: ValueError: No such batches"):
        feeding._next(failing, ours)
    with pytest.raises(RuntimeError, match="one that was ended"):
        feeding._next(failing, ours)
    ours.close()


def test_sources_and_their_crops_can_be_copied():
    source = toy_source(5)
    copied = pickle.loads(pickle.dumps(source))
    options = {"size": 8, "per_image": 3, "batch_size": 4, "seed": 1}
    expected, result = (
        flat(crops.crop_batches(one, epochs=range(1), **options, part=Part(skip=2)))
        for one in (source, copied)
    )
    assert len(expected) == 1
    np.testing.assert_array_equal(expected[0][0], result[0][0])
    np.testing.assert_array_equal(copied.mos, source.mos)
