"""Tests of distributions over anchors, against NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.losses import SoftLabelCrossEntropy
from tfiqa.losses import soft_labels

ANCHORS = (0.1, 0.3, 0.5, 0.7, 0.9)
RNG = np.random.default_rng(0)


def labels_of(scores):
    weights = np.exp(-64 * (scores - np.array(ANCHORS)) ** 2)
    return weights / weights.sum(axis=1, keepdims=True)


def test_labels_are_normalized_exponentials_of_distances():
    scores = np.linspace(0, 1, 9)[:, None].astype("float32")
    result = ops.convert_to_numpy(soft_labels(scores, ANCHORS))
    np.testing.assert_allclose(result, labels_of(scores), rtol=1e-4, atol=1e-7)
    between = ops.convert_to_numpy(soft_labels(np.array([[0.4]]), ANCHORS))[0]
    assert between[1] == pytest.approx(between[2], rel=1e-4)


def test_loss_is_the_cross_entropy():
    scores = RNG.uniform(0, 1, (6, 1)).astype("float32")
    logits = RNG.normal(0, 3, (6, 5)).astype("float32")
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -(labels_of(scores) * np.log(shares)).sum(axis=1).mean()
    loss = SoftLabelCrossEntropy(ANCHORS)
    assert float(loss(scores, logits)) == pytest.approx(expected, rel=1e-5)
    again = SoftLabelCrossEntropy.from_config(loss.get_config())
    assert float(again(scores, logits)) == float(loss(scores, logits))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_gradient_is_the_difference_of_the_distributions():
    import tensorflow as tf

    scores = RNG.uniform(0, 1, (4, 1)).astype("float32")
    logits = tf.constant(RNG.normal(0, 3, (4, 5)), "float32")
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = SoftLabelCrossEntropy(ANCHORS, reduction="sum")(scores, logits)
    expected = tf.nn.softmax(logits) - labels_of(scores)
    np.testing.assert_allclose(tape.gradient(loss, logits), expected, atol=1e-5)


@pytest.mark.parametrize("wrong", [{"anchors": (0.5,)}, {"sharpness": 0.0}])
def test_wrong_arguments_are_named(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"`{name}`"):
        SoftLabelCrossEntropy(**{"anchors": ANCHORS, **wrong})
