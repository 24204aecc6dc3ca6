"""Compares one step of contrast on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for the loss of all replicas together, and for that of each replica's own
batch, the largest difference between the updates of a variable, relative to its largest
update, over all variables.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods import contrique
from tfiqa.methods.contrique.network import build_trainee
from tfiqa.optimizers import TorchSGD

CONFIG = contrique.Config(**{**contrique.QUICK, "crop_size": 64, "projection": 16})
RNG = np.random.default_rng(0)
CLASSES = np.array([3, 5, 3, 130], "int32")
VIEWS = tuple(
    128 + RNG.normal(size=(4, 64, 64, 3)) * (5 + CLASSES[:, None, None, None] % 60)
    for _ in range(2)
)


def updates(strategy, start):
    """Returns how one step changes each weight, the weights before it, and the loss."""
    with strategy.scope():
        trainee = build_trainee(CONFIG)
        trainee.compile(TorchSGD(0.1, momentum=0.9, l2=1e-4))
        replicas = strategy.num_replicas_in_sync
        backbones.synchronize(trainee, across_replicas=replicas > 1)
    if start is None:
        start = trainee.get_weights()
    trainee.set_weights(start)
    batches = tf.data.Dataset.from_tensors((VIEWS, CLASSES))
    history = trainee.fit(batches, shuffle=False, verbose=0)
    return (
        [new - old for new, old in zip(trainee.get_weights(), start, strict=True)],
        start,
        history.history["loss"][0],
    )


def difference(found, expected):
    return max(
        np.abs(one - two).max() / np.abs(two).max()
        for one, two in zip(found, expected, strict=True)
        if np.abs(two).max() > 0
    )


def main():
    keras.config.set_floatx("float64")
    cpus = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpus[0], two)
    one_device = tf.distribute.OneDeviceStrategy("/cpu:0")
    mirrored = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    assert mirrored.num_replicas_in_sync == 2

    expected, start, loss = updates(one_device, None)
    largest = {}
    found, _, loss_of_two = updates(mirrored, start)
    largest["global"] = difference(found, expected)
    largest["loss"] = abs(loss_of_two - loss) / loss
    layers.gather = lambda rows: rows
    found, _, _ = updates(mirrored, start)
    largest["own batch"] = difference(found, expected)
    json.dump(largest, sys.stdout)


if __name__ == "__main__":
    main()
