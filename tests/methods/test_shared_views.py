"""Workers that share batches of views, against one that makes all of them."""

import dataclasses
import functools
import pickle

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_source import source_of
from tfiqa.data import images
from tfiqa.data.order import Part
from tfiqa.methods import contrique
from tfiqa.methods import reiqa
from tfiqa.methods.contrique import batches as contrique_batches
from tfiqa.methods.reiqa import batches as reiqa_batches


def pictures(count):
    rng = np.random.default_rng(count)
    return images.of_source(
        source_of(list(rng.integers(0, 256, (count, 100, 90, 3), np.uint8)))
    )


SCENES, PHOTOGRAPHS = pictures(9), pictures(5)
VIEWS = contrique.Config(crop_size=32, batch_size=4, versions_per_epoch=1)
CHUNKS = reiqa.Config(patch_size=32, batch_size=2, n_aug=2).alone("quality")

MAKERS = {
    "contrique": (contrique_batches.batches, SCENES, PHOTOGRAPHS, VIEWS),
    "contrique, distorted": (contrique_batches.batches, SCENES, None, VIEWS),
    # The versions of an image are in batches of both workers.
    "contrique, versions": (
        *(contrique_batches.batches, SCENES, None),
        dataclasses.replace(VIEWS, versions=3),
    ),
    "reiqa": (reiqa_batches.batches, SCENES, CHUNKS),
}


@pytest.mark.parametrize("name", MAKERS)
def test_workers_together_make_the_batches_of_one(name):
    make = functools.partial(*MAKERS[name], seed=1, epochs=range(2, 3))
    whole = flat(make())
    assert len(whole) >= 2
    copied = pickle.loads(pickle.dumps(make))  # As feeding processes get it.
    parts = [flat(copied(part=Part(worker, 2))) for worker in (0, 1)]
    for batch, *shares in zip(whole, *parts, strict=True):
        for tensor, *pieces in zip(batch, *shares, strict=True):
            np.testing.assert_array_equal(np.concatenate(pieces), tensor)


def flat(dataset):
    return [tf.nest.flatten(batch) for batch in dataset.as_numpy_iterator()]
