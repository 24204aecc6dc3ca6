"""CONTRIQUE's views made on the device of the training, for which a CPU stands in."""

import dataclasses
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.grainy import grainy_images
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.single import kinds_of
from tfiqa.methods.contrique import batches as pipeline
from tfiqa.methods.contrique import device_batches
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique import training
from tfiqa.methods.contrique.config import Config
from tfiqa.trainers import augmented

# Few types, since all of a bank take ten seconds to trace; the third one is a codec.
TYPES = ("white_noise", "jpeg", "jpeg2000", "saturation_hsv")
CONFIG = Config(crop_size=32, batch_size=8, versions_per_epoch=1)


# JAX compiles the steps of both places, which takes long.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else lambda test: test


@pytest.fixture(autouse=True)
def few_types(monkeypatch):
    bank = {name: DISTORTIONS[name] for name in TYPES}
    labels = [row.label(level) for row in bank.values() for level in (2, 4)]
    monkeypatch.setattr(device_batches, "KINDS", Kinds(bank, kinds_of("kadid").run))
    monkeypatch.setattr(
        drawing, "possible_classes", lambda *_: np.array([*labels, 125])
    )


@pytest.mark.parametrize(
    "changes", [{}, {"lab": "released", "versions": 2}], ids=["paper", "released"]
)
@pytest.mark.parametrize("with_photographs", [False, True])
def test_the_seeds_decide_not_the_place(changes, with_photographs):
    config = dataclasses.replace(CONFIG, **changes)
    # Larger, of another orientation, too short at half scale, and with odd sides.
    sizes = (100, 120), (96, 96), (99, 96), (120, 90), (105, 75)
    images = grainy_images(16, *sizes)
    authentic = grainy_images(8, (40, 50)) if with_photographs else None
    options = {"seed": 3, "epochs": range(1)}
    size = device_batches.size_on_device(images, config, 3)
    assert size is not None
    assert size == (96, 96)
    finish = tf.function(
        functools.partial(device_batches.finished, config), autograph=False
    )
    expected = pipeline.batches(images, authentic, config, **options)
    given = device_batches.batches(images, authentic, config, size, **options)
    count = 0
    for batch, parts in zip(expected, given, strict=True):
        for one, other in zip(
            tf.nest.flatten(batch), tf.nest.flatten(finish(parts)), strict=True
        ):
            assert one.dtype == other.dtype
            difference = np.abs(one.numpy().astype(int) - other.numpy())
            assert difference.max() <= 1
            assert (difference > 0).mean() < 1e-3
        count += 1
    assert count == 2


def test_images_of_odd_sides_alone_stay_on_the_cpu():
    odd, mixed = grainy_images(3, (31, 41)), grainy_images(2, (31, 41), (30, 40))
    assert device_batches.size_on_device(odd, CONFIG, 0) is None
    assert device_batches.size_on_device(mixed, CONFIG, 0) == (30, 40)


@slow_on_jax
def test_training_on_a_device_learns_the_same(tmp_path, capsys):
    config = dataclasses.replace(
        CONFIG, backbone="resnet10_slim", projection=16, epochs=1, learning_rate=1e-4
    )
    sources = Sources(
        toy_source(20),
        toy_source(6),
        images=grainy_images(16, (64, 64)),
        authentic_images=None,
    )
    losses = {}
    for place in ("cpu", "device"):
        folder = tmp_path / place
        folder.mkdir()
        run = trainers.Run(folder, augment_on=place, verbose=2)
        encoder = training.pretrain(config, sources, run)
        losses[place] = encoder.get_weights()
    for one, other in zip(*losses.values(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)
    said = capsys.readouterr().out
    assert "augment_on=cpu: images are augmented on the CPU" in said
    if not on_jax:
        assert "augment_on=device: images are augmented on the device" in said
        assert said.count("memory of a step") == 2
    assert "images of 64x64 pixels; others on the CPU" in said


def test_auto_is_the_cpu_without_an_accelerator(tmp_path):
    places = {
        place: augmented.on_device(trainers.Run(tmp_path, augment_on=place))
        for place in augmented.PLACES
    }
    assert places == {"auto": False, "cpu": False, "device": True}


def test_a_device_that_fails_at_the_first_batch_is_not_used(tmp_path, monkeypatch):
    def fails(config, data):
        raise tf.errors.UnimplementedError(None, None, "no kernel")

    monkeypatch.setattr(device_batches, "finished", fails)
    monkeypatch.setattr(augmented, "on_device", lambda run: True)
    images, said = grainy_images(8, (64, 64)), []
    for place, expected in (("auto", True), ("device", False)):
        run = trainers.Run(tmp_path, augment_on=place, verbose=0)
        monkeypatch.setattr(trainers.Run, "say", lambda run, line: said.append(line))
        _, augment = training._fed(images, None, CONFIG, run)
        assert (augment is None) == expected
    assert "CPU (the device failed with UnimplementedError)" in said[0]
