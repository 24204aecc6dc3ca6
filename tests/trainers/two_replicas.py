"""What the programs share that compare a step on two replicas with one alone."""

import json
import sys

import keras
import numpy as np
import tensorflow as tf


def strategies():
    """Returns one device, and two replicas; to be called before TensorFlow starts."""
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    cpus = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpus[0], two)
    mirrored = tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])
    assert mirrored.num_replicas_in_sync == 2
    return tf.distribute.OneDeviceStrategy("/cpu:0"), mirrored


def step(model, examples, start):
    """Trains on one batch; returns the change of each weight, those before, the log."""
    start = model.get_weights() if start is None else start
    model.set_weights(start)
    batches = tf.data.Dataset.from_tensors(examples)
    log = model.fit(batches, shuffle=False, verbose=0).history
    changes = [new - old for new, old in zip(model.get_weights(), start, strict=True)]
    return changes, start, log


def difference(result, expected):
    """Returns the largest difference of a change, relative to that variable's change.

    What hardly changes, as a bias before a normalization does by rounding alone, is
    held against a millionth of the largest change of all.
    """
    floor = 1e-6 * max(np.abs(change).max() for change in expected)
    return max(
        np.abs(one - two).max() / max(np.abs(two).max(), floor)
        for one, two in zip(result, expected, strict=True)
    )


def compare_synchronized(updates):
    """Prints the difference with statistics synchronized, and without.

    Args:
        updates: From strategy, weights to start from or `None`, and `synchronized` to
            what `step` returns.
    """
    one_device, mirrored = strategies()
    expected, start, _ = updates(one_device, None, synchronized=False)
    largest = {}
    for synchronized in (True, False):
        result, _, _ = updates(mirrored, start, synchronized=synchronized)
        largest[str(synchronized)] = difference(result, expected)
    json.dump(largest, sys.stdout)
