"""Whole training steps compiled at once: a stand-in for accelerators, such as TPUs.

XLA refuses a step that calls the host, or whose shapes depend on values. Networks are
tiny, since it takes long to compile; the losses, optimizers and queues are those of the
methods.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.trainers import toy_contrast
from tfiqa import losses
from tfiqa import models
from tfiqa import trainers
from tfiqa.models.contentsep_networks import build_trainer
from tfiqa.models.contentsep_networks import build_versions_model
from tfiqa.models.contrique import build_projector
from tfiqa.optimizers import LARS
from tfiqa.optimizers import TorchAdam
from tfiqa.optimizers import TorchSGD

RNG = np.random.default_rng(0)


def images(*shape):
    return RNG.uniform(0, 255, (*shape, 16, 16, 3)).astype("float32")


def pooled(seed=0):
    """A tiny encoder with batch normalization."""
    return toy_contrast.build_network(seed)


def trunk():
    crops = keras.Input((None, None, 3))
    x = keras.layers.Rescaling(1 / 255)(crops)
    x = keras.layers.Conv2D(5, 3, strides=4, use_bias=False)(x)
    return keras.Model(crops, keras.layers.BatchNormalization()(x))


def contrique():
    trainee = trainers.ViewContrast(trunk(), build_projector(5, 4))
    trainee.compile(TorchSGD(0.1, momentum=0.9), jit_compile=True)
    return trainee, ((images(4), images(4)), np.arange(4))


def reiqa():
    trainee = toy_contrast.build()
    trainee.compile(LARS(0.1, momentum=0.9))
    return trainee, (images(4), images(4))


def scenes():
    trainee = build_versions_model(pooled(), versions=2, side=16)
    contrast = losses.SceneContrast(0.1)
    trainee.compile(TorchAdam(1e-2), contrast, jit_compile=True)
    return trainee, (images(2, 2, 2).astype("uint8"), np.zeros((2, 1), "float32"))


def photographs():
    network = pooled(3)
    content = keras.Model(network.input, keras.layers.Softmax()(network.output))
    trainee = build_trainer(pooled(), content, predictor_width=4)
    trainee.compile(TorchAdam(1e-2), TorchAdam(1e-2), TorchAdam(1e-2))
    trainee.penalize()
    return trainee, images(3, 2)


def scored(model, inputs):
    model.compile(TorchAdam(1e-2), "mean_absolute_error", jit_compile=True)
    return model, (inputs, np.ones((len(inputs), 1), "float32"))


def musiq():
    model = models.MUSIQ(
        sides=(), grid=1, channels=32, length=8, depth=1, heads=2, hidden=8
    )
    return scored(model, images(2).repeat(2, axis=1).repeat(2, axis=2))


def wadiqam():
    model = models.WaDIQaM(channels=(4,) * 5, units=4, patches=2)
    return scored(model, images(2, 2).repeat(2, axis=2).repeat(2, axis=3))


STEPS = {
    "contrique": contrique,
    "reiqa": reiqa,
    "contentsep_scenes": scenes,
    "contentsep_photographs": photographs,
    "musiq": musiq,
    "wadiqam": wadiqam,
}


@pytest.mark.parametrize("name", STEPS)
def test_a_whole_step_is_compiled(name):
    """On JAX, Keras compiles the step with its state donated."""
    keras.utils.set_random_seed(0)
    trainee, batch = STEPS[name]()
    trainee.jit_compile = True
    before = trainee.get_weights()
    data = tf.data.Dataset.from_tensors(batch)
    log = trainee.fit(data, shuffle=False, verbose=0).history
    assert np.isfinite(log["loss"][0])
    moved = [
        np.abs(new - old).max()
        for new, old in zip(trainee.get_weights(), before, strict=True)
    ]
    assert max(moved) > 0
