"""Re-IQA's chunks made on the device of the training, for which a CPU stands in."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.grainy import grainy_images
from tfiqa import trainers
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import device_crops
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.regional import kinds_of
from tfiqa.methods import reiqa
from tfiqa.methods.reiqa import batches as drawing
from tfiqa.methods.reiqa import chunks
from tfiqa.methods.reiqa import device_batches
from tfiqa.methods.reiqa.config import Config

# Few types, since all of a bank take ten seconds to trace; the last one is a codec.
BANK = {
    name: DISTORTIONS[name] for name in ("white_noise", "jpeg", "lens_blur", "jpeg2000")
}
CONFIG = Config(expert="quality", patch_size=32, n_aug=3, batch_size=3)


# JAX compiles the steps of both places, which takes long.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else lambda test: test


@pytest.fixture(autouse=True)
def few_types(monkeypatch):
    monkeypatch.setitem(chunks.BANKS, "kadid", BANK)
    run = kinds_of("kadid", truncated=False).run
    monkeypatch.setattr(device_batches, "_kinds", lambda config: Kinds(BANK, run))


@pytest.mark.parametrize(
    "changes", [{}, {"scales": 1, "swap": "none", "small": "released"}]
)
def test_the_seeds_decide_not_the_place(changes):
    config = dataclasses.replace(CONFIG, **changes)
    # Odd sides, too short at half scale; the third one is of another size.
    images = grainy_images(6, (67, 61), (67, 61), (80, 64))
    size = device_batches.size_on_device(images, config, 0)
    assert size == (67, 61)
    finish = tf.function(
        functools.partial(device_batches.finished, config), autograph=False
    )
    options = {"seed": 7, "epochs": range(2)}
    expected = drawing.batches(images, config, **options)
    given = device_batches.batches(images, config, size, **options)
    count = 0
    for batch, parts in zip(expected, given, strict=True):
        results = finish(parts)
        assert len(batch) == len(results) == 3
        for one, other in zip(batch, results, strict=True):
            assert one.dtype == other.dtype
            difference = np.abs(one.numpy().astype(int) - other.numpy())
            assert difference.max() <= 1
            assert (difference > 0).mean() < 1e-3
        count += 1
    assert count == 4


@pytest.mark.parametrize(
    "changes",
    [
        {"half": "released"},
        {"half": "released", "swap": "released"},
        {"expert": "content"},
    ],
    ids=str,
)
def test_what_a_device_cannot_do_is_told(changes):
    assert device_batches.refusal(CONFIG) == ""
    assert device_batches.refusal(dataclasses.replace(CONFIG, **changes))


def test_images_of_many_sizes_stay_on_the_cpu():
    images = grainy_images(6, (67, 61), (80, 64), (67, 62))
    assert device_batches.size_on_device(images, CONFIG, 0) is None


def test_parts_divide_a_batch():
    assert [device_crops._largest_part(n) for n in (630, 64, 7, 128, 131)] == [
        *(63, 64, 7, 64, 1)
    ]


@slow_on_jax
@pytest.mark.slow
def test_training_on_a_device_learns_the_same(tmp_path, capsys):
    config = dataclasses.replace(
        CONFIG,
        backbone="resnet10_slim",
        projection=8,
        queue_size=64,
        epochs=1,
        warm_up=0,
        optimizer="sgd",
        learning_rate=1e-3,
    )
    weights = []
    for place in ("cpu", "device"):
        folder = tmp_path / place
        folder.mkdir()
        run = trainers.Run(folder, augment_on=place, verbose=2)
        images = grainy_images(6, (67, 61))
        weights.append(reiqa.training.pretrain(config, images, run).get_weights())
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    said = capsys.readouterr().out
    assert "quality expert: augment_on=cpu: images are augmented on the CPU" in said
    assert "images of 67x61 pixels; others on the CPU" in said
    if not on_jax:
        assert "augment_on=device: images are augmented on the device" in said
