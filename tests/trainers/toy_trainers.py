"""Small trainings of every kind, to be compared with each other."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tests.trainers import toy_contrast
from tfiqa import backbones
from tfiqa import layers
from tfiqa import losses
from tfiqa import trainers
from tfiqa.models.contentsep_networks import build_predictor
from tfiqa.models.contentsep_networks import build_versions_model
from tfiqa.models.contrique import build_projector

VIEWS = np.stack(toy_contrast.views(8))
LABELS = np.array([3, 1, 3, 5, 1, 5, 5, 2])
SGD = {"learning_rate": 0.1}


def momentum(network, micro_batch, group):
    key = keras.models.clone_model(network)
    key.set_weights(network.get_weights())
    trainee = trainers.MomentumContrast(
        *(network, key),
        queue_size=20,
        momentum=0.9,
        bn_group=group,
        micro_batch=micro_batch,
    )
    trainee.compile(keras.optimizers.SGD(**SGD))
    return trainee, tuple(VIEWS)


def contrast(network, micro_batch, group):
    network = layers.with_split_statistics(network, group)
    crops = network.inputs[0]
    maps = keras.Model(crops, ops.reshape(network.output, (-1, 1, 1, 5)))
    projector = build_projector(5, 4)
    for layer in projector.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    weights = np.random.default_rng(1)
    projector.set_weights([weights.uniform(0.5, 1, w.shape) for w in projector.weights])
    trainee = trainers.ViewContrast(maps, projector, grid=1, micro_batch=micro_batch)
    trainee.compile(keras.optimizers.SGD(**SGD))
    return trainee, (tuple(VIEWS), LABELS)


def separation(network, micro_batch, group):
    network = layers.with_split_statistics(network, group)
    keras.utils.set_random_seed(0)
    crops = keras.Input((16, 16, 3))
    shares = keras.layers.Dense(6, activation="softmax")
    content = keras.Model(crops, shares(keras.layers.Flatten()(crops / 255)))
    features = keras.Input((5,))
    estimator = keras.Model(
        features,
        [keras.layers.Dense(6, activation=a)(features) for a in (None, "tanh")],
    )
    trainee = trainers.ContentSeparation(
        *(network, build_predictor(5, 4), estimator, content),
        penalty=3.0,
        micro_batch=micro_batch,
    )
    trainee.compile(*(keras.optimizers.SGD(rate) for rate in (0.1, 0.01, 0.1)))
    # As in the method: the predictor sees the features of all crops.
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    backbones.synchronize(trainee.predictor, across_replicas=replicas > 1)
    trainee.penalize()
    return trainee, np.moveaxis(VIEWS, 0, 1)


def versions(network, micro_batch, group):
    network = layers.with_split_statistics(network, group)
    trainee = build_versions_model(
        network, versions=2, side=16, micro_batch=micro_batch
    )
    trainee.compile(keras.optimizers.SGD(**SGD), losses.SceneContrast())
    pixels = np.moveaxis(VIEWS, 0, 1).reshape(4, 2, 2, 16, 16, 3).astype("uint8")
    return trainee, (pixels, np.zeros(4))


def accumulation(network, micro_batch, group):
    network = layers.with_split_statistics(network, group)
    trainee = network
    if micro_batch is not None:
        trainee = trainers.GradientAccumulation(network, micro_batch)
    trainee.compile(keras.optimizers.SGD(**SGD), loss="mean_absolute_error")
    return trainee, (VIEWS[0], np.linspace(-1, 1, 40).reshape(8, 5))


TRAINERS = (momentum, contrast, separation, versions, accumulation)


def updates(build, *, micro_batch=None, group=None, frozen=False):
    """Returns what one step changes in a network, and the loss."""
    network = toy_contrast.build_network()
    for layer in network.layers:
        if frozen and isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
            layer.moving_mean.assign(np.linspace(-1, 1, 6))
            layer.moving_variance.assign(np.linspace(0.5, 2, 6))
    before = network.get_weights()
    trainee, examples = build(network, micro_batch, group)
    log = one_step(trainee, examples)
    after = network.get_weights()
    changes = [new - old for new, old in zip(after, before, strict=True)]
    return changes, log["loss"][0]


def one_step(trainee, examples):
    """Trains on one batch; returns the log."""
    batches = tf.data.Dataset.from_tensors(examples)
    return trainee.fit(batches, shuffle=False, verbose=0).history
