"""Tests of the loss that a scorer is."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.layers import Scorer
from tfiqa.losses import QualityLoss
from tfiqa.scoring.serialization import load_scorer

PICTURES = np.stack([toy_image(seed, 24, 20) for seed in (1, 5)]).astype("float32")


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer(mos_range=[-20.0, 60.0])


def test_is_the_distance_from_the_best_score(scorer):
    mos = ops.convert_to_numpy(scorer(PICTURES))[:, 0]
    expected = (60.0 - mos) / 80.0
    each = QualityLoss(scorer, reduction=None)(PICTURES, PICTURES)
    np.testing.assert_allclose(ops.convert_to_numpy(each), expected, rtol=1e-5)
    mean = QualityLoss(scorer)(PICTURES, PICTURES)
    np.testing.assert_allclose(float(mean), expected.mean(), rtol=1e-5)


def test_white_may_be_one(scorer):
    ones = QualityLoss(scorer, largest=1.0)(PICTURES, PICTURES / 255.0)
    levels = QualityLoss(scorer)(PICTURES, PICTURES)
    np.testing.assert_allclose(float(ones), float(levels), rtol=1e-5)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_flat_images_are_the_worst_and_spoil_no_gradient(scorer):
    import tensorflow as tf

    images = tf.constant(np.stack([PICTURES[0], np.full_like(PICTURES[0], 90.0)]))
    with tf.GradientTape() as tape:
        tape.watch(images)
        each = QualityLoss(scorer, reduction=None)(images, images)
        loss = tf.reduce_mean(each)
    assert float(each[1]) == 1.0
    gradient = tape.gradient(loss, images).numpy()
    assert np.all(np.isfinite(gradient))
    assert np.any(gradient[0])
    assert not np.any(gradient[1])


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_its_gradient_does_not_reach_the_scorer(scorer):
    import tensorflow as tf

    mapped = Scorer(scorer.input, scorer.output)
    trained = mapped.trainable_variables
    with tf.GradientTape() as tape:
        loss = QualityLoss(mapped)(PICTURES, PICTURES)
    assert tape.gradient(loss, [one.value for one in trained]) == [None] * len(trained)
    assert trained
    assert all(one.trainable for one in trained)


def test_trains_what_makes_images_and_not_the_scorer(scorer):
    before = [ops.convert_to_numpy(weight).copy() for weight in scorer.weights]
    images = keras.Input((24, 20, 3))
    contrast = keras.layers.Dense(3, kernel_initializer="identity")(images)
    model = keras.Model(images, contrast)
    model.compile(keras.optimizers.SGD(1e-5), loss=QualityLoss(scorer))
    first = model.evaluate(PICTURES, PICTURES, verbose=0)
    model.fit(PICTURES, PICTURES, epochs=3, verbose=0)
    assert model.evaluate(PICTURES, PICTURES, verbose=0) < first
    for weight, old in zip(scorer.weights, before, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), old)


def test_is_serialized_with_its_scorer(scorer):
    loss = QualityLoss(scorer, largest=1.0)
    config = keras.saving.serialize_keras_object(loss)
    again = keras.saving.deserialize_keras_object(config)
    assert again.largest == 1.0
    assert (again.worst, again.best) == (-20.0, 60.0)


def test_rejects_darkness(scorer):
    with pytest.raises(ValueError, match="largest=0"):
        QualityLoss(scorer, largest=0)


def dense():
    images = keras.Input((None, None, 3))
    x = keras.layers.GlobalAveragePooling2D()(images)
    return keras.Model(images, keras.layers.Dense(1)(x))


@pytest.mark.parametrize("make", [lambda: None, dense])
def test_rejects_what_is_no_scorer(make):
    with pytest.raises(
        ValueError, match=r"`scorer` must be a scorer.*Received: scorer="
    ):
        QualityLoss(make())


@pytest.mark.parametrize("name", ["niqe", "ilniqe", "brisque", "piqe"])
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="float64")
def test_rejects_scorers_without_a_gradient(name):
    with pytest.raises(
        ValueError, match=r"differentiable in the pixels.*(Features|Blocks), is not"
    ):
        QualityLoss(load_scorer(name))
