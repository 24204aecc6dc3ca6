"""A step part by part against one of the whole batch, for every trainer.

Batch statistics are frozen, or those of groups as large as a part: these come from
`with_split_statistics`, which computes the whole batch at once.
"""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

from tests.trainers import toy_contrast
from tfiqa import layers
from tfiqa import losses
from tfiqa import trainers
from tfiqa.models.contentsep_networks import build_predictor
from tfiqa.models.contentsep_networks import build_versions_model
from tfiqa.models.contrique import build_projector
from tfiqa.trainers.parts import in_parts

PART = 4
RNG = np.random.default_rng(0)
VIEWS = np.stack(toy_contrast.views(8))
LABELS = np.array([3, 1, 3, 5, 1, 5, 5, 2])
SGD = {"learning_rate": 0.1}


@pytest.fixture(autouse=True)
def _double():
    """Computes in double precision, which JAX must be told separately."""
    before = keras.config.floatx()
    exact = contextlib.nullcontext()
    if keras.backend.backend() == "jax":
        import jax

        exact = jax.enable_x64(True)
    keras.config.set_floatx("float64")
    with exact:
        yield
    keras.config.set_floatx(before)


def momentum(network, micro_batch, group):
    key = keras.models.clone_model(network)
    key.set_weights(network.get_weights())
    # Without an order of its own, each group of keys is that of the queries.
    trainee = trainers.MomentumContrast(
        *(network, key),
        queue_size=20,
        momentum=0.9,
        bn_group=group,
        micro_batch=micro_batch,
    )
    trainee.in_groups = False
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
    import tensorflow as tf

    batches = tf.data.Dataset.from_tensors(examples)
    log = trainee.fit(batches, shuffle=False, verbose=0).history
    after = network.get_weights()
    changes = [new - old for new, old in zip(after, before, strict=True)]
    return changes, log["loss"][0]


def difference(result, expected):
    """Returns the largest difference, relative to the largest change of a weight.

    Losses are logged in single precision.
    """
    assert result[1] == pytest.approx(expected[1], rel=1e-5)
    return largest(result, expected)


def largest(result, expected):
    return max(
        np.abs(one - two).max() / max(np.abs(two).max(), 1e-6)
        for one, two in zip(result[0], expected[0], strict=True)
    )


@pytest.mark.parametrize("build", TRAINERS)
def test_parts_are_the_whole_batch(build):
    whole = updates(build, frozen=True)
    assert max(np.abs(change).max() for change in whole[0]) > 1e-4  # It learned.
    assert difference(updates(build, micro_batch=PART, frozen=True), whole) <= 1e-9


@pytest.mark.parametrize("build", TRAINERS)
def test_statistics_are_those_of_parts(build):
    """Also the moving ones, which move once in a step."""
    parts = updates(build, micro_batch=PART)
    # On JAX, Keras normalizes batches in single precision.
    most = 1e-4 if keras.backend.backend() == "jax" else 1e-9
    assert difference(parts, updates(build, group=PART)) <= most
    assert largest(parts, updates(build)) > 1e-3


def test_random_numbers_differ_between_parts_but_not_between_passes():
    inputs = keras.Input((3,))
    dropped = keras.layers.Dropout(0.5, seed=1)(inputs)
    scale = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    network = keras.Model(inputs, scale(dropped))
    trainee = trainers.GradientAccumulation(network, None)
    rows = np.tile(RNG.normal(size=(2, 3)), (4, 1))
    weights = RNG.normal(size=(8, 1))
    found = {}

    def step(data):
        def loss():
            results = in_parts(
                lambda part: network(part, training=True),
                ops.convert_to_tensor(rows),
                networks=[network],
                micro_batch=2,
            )
            # The sum of weighted results is linear in a kernel of ones.
            return ops.sum(results * weights), results

        value, results = trainee.minimize(loss, network.trainable_variables)
        trainee.tracker.update_state(value)
        found["results"] = results

    trainee.step = step
    trainee.compile(keras.optimizers.SGD(1.0), "mean_absolute_error")
    trainee.run_eagerly = True
    before = scale.kernel.numpy().sum()
    log = trainee.fit(rows, weights, batch_size=8, verbose=0).history
    moved = before - np.sum(ops.convert_to_numpy(scale.kernel))
    assert moved == pytest.approx(log["loss"][0], rel=1e-9)
    results = np.round(ops.convert_to_numpy(found["results"]), 9).reshape(4, 2)
    assert len(np.unique(results, axis=0)) > 1
    network_seed = network.layers[1].seed_generator.state
    assert np.asarray(ops.convert_to_numpy(network_seed)).max() == 4


def test_parts_must_fill_the_rows():
    with pytest.raises(ValueError, match=r"8 rows.*micro_batch=3"):
        in_parts(None, np.zeros((8, 2)), networks=[], micro_batch=3)
