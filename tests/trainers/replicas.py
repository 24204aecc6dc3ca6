"""Compares one training step of HyperIQA on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for batch normalisation synchronized or not, the largest difference between the
updates of a variable, relative to its largest update, over all variables.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tfiqa import backbones
from tfiqa.methods import hyperiqa
from tfiqa.methods.hyperiqa import network as networks

CONFIG = hyperiqa.Config(
    **{**hyperiqa.QUICK, "crop_size": 64, "hidden": (8, 4), "content_length": 64}
)
RNG = np.random.default_rng(0)
CROPS = (
    RNG.uniform(0, 255, (4, 64, 64, 3)) * np.linspace(0.2, 1, 4)[:, None, None, None]
)
LABELS = RNG.normal(size=(4, 1))


def updates(strategy, start, *, synchronized):
    """Returns how one step changes each weight, and the weights before it."""
    with strategy.scope():
        network = networks.build_network(CONFIG)
        trainee = networks.build_trainee(network)
        trainee.compile(keras.optimizers.SGD(0.1), loss="mean_absolute_error")
    backbones.synchronize(network, across_replicas=synchronized)
    if start is None:
        start = trainee.get_weights()
    trainee.set_weights(start)
    batches = tf.data.Dataset.from_tensors((CROPS, LABELS))
    trainee.fit(batches, shuffle=False, verbose=0)
    return [
        new - old for new, old in zip(trainee.get_weights(), start, strict=True)
    ], start


def main():
    keras.config.set_floatx("float64")
    cpus = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpus[0], two)
    one_device = tf.distribute.OneDeviceStrategy("/cpu:0")
    mirrored = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    assert mirrored.num_replicas_in_sync == 2

    expected, start = updates(one_device, None, synchronized=False)
    largest = {}
    for synchronized in (True, False):
        found, _ = updates(mirrored, start, synchronized=synchronized)
        largest[str(synchronized)] = max(
            np.abs(one - two).max() / np.abs(two).max()
            for one, two in zip(found, expected, strict=True)
            if np.abs(two).max() > 0
        )
    json.dump(largest, sys.stdout)


if __name__ == "__main__":
    main()
