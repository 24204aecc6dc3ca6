"""Compares a step of contentsep on two replicas with one on one device.

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
from tfiqa import trainers
from tfiqa.config import override
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep import network as networks

CONFIG = override(contentsep.Config(), {**contentsep.QUICK, "predictor_width": 8})
RNG = np.random.default_rng(0)
CONTRASTS = np.linspace(0.2, 1, 4)[:, None, None, None, None]
VIEWS = RNG.uniform(0, 255, (4, 2, 64, 64, 3)) * CONTRASTS
CLASSES = 6


def build_game():
    pictures = keras.Input((None, None, 3))
    # A bias before the normalisation would have no slope but noise.
    convolution = keras.layers.Conv2D(6, 5, strides=3, use_bias=False)
    x = convolution(keras.layers.Rescaling(1 / 255)(pictures))
    x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(x))
    encoder = keras.Model(pictures, keras.layers.GlobalAveragePooling2D()(x))
    length = encoder.output_shape[-1]
    crops = keras.Input((64, 64, 3))
    small = keras.layers.AveragePooling2D(16)(keras.layers.Rescaling(1 / 50)(crops))
    dense = keras.layers.Dense(CLASSES, activation="softmax")
    game = trainers.ContentSeparation(
        encoder,
        networks.build_predictor(length, CONFIG),
        networks.build_estimator(length, CLASSES),
        keras.Model(crops, dense(keras.layers.Flatten()(small))),
        penalty=10.0,
    )
    game.compile(*(keras.optimizers.SGD(rate) for rate in (0.1, 0.01, 0.1)))
    game.penalize()
    return game


def updates(strategy, start, *, synchronized):
    """Returns how one step changes each weight, and the weights before it."""
    with strategy.scope():
        game = build_game()
    for player in (game.encoder, game.predictor):
        backbones.synchronize(player, across_replicas=synchronized)
    if start is None:
        start = game.get_weights()
    game.set_weights(start)
    game.fit(tf.data.Dataset.from_tensors(VIEWS), shuffle=False, verbose=0)
    return [
        new - old for new, old in zip(game.get_weights(), start, strict=True)
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
