"""Compares a step of contentsep on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for batch normalisation synchronized or not, the largest difference between the
updates of a variable, relative to its largest update, over all variables. Pairs are
those of the authors' code, which the order of the pictures of all replicas makes.
"""

import keras
import numpy as np

from tests.trainers import two_replicas
from tfiqa import backbones
from tfiqa.models.contentsep_networks import build_trainer

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
    crops = keras.Input((64, 64, 3))
    small = keras.layers.AveragePooling2D(16)(keras.layers.Rescaling(1 / 50)(crops))
    dense = keras.layers.Dense(CLASSES, activation="softmax")
    game = build_trainer(
        encoder,
        keras.Model(crops, dense(keras.layers.Flatten()(small))),
        predictor_width=8,
        penalty=10.0,
        pairing="released",
    )
    game.compile(*(keras.optimizers.SGD(rate) for rate in (0.1, 0.01, 0.1)))
    game.penalize()
    return game


def updates(strategy, start, *, synchronized):
    """Returns what one step changes; see `two_replicas.step`."""
    with strategy.scope():
        game = build_game()
    for player in (game.encoder, game.predictor):
        backbones.synchronize(player, across_replicas=synchronized)
    return two_replicas.step(game, VIEWS, start)


if __name__ == "__main__":
    two_replicas.compare_synchronized(updates)
