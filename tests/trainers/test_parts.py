"""A step part by part against one of the whole batch, for every trainer.

Batch statistics are frozen, or those of groups as large as a part: these come from
`with_split_statistics`, which computes the whole batch at once.
"""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

from tests.trainers.toy_trainers import TRAINERS
from tests.trainers.toy_trainers import updates
from tfiqa import trainers
from tfiqa.trainers.parts import in_parts

PART = 4
RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _double():
    """Computes in double precision, which JAX must be told separately."""
    before = keras.config.floatx(), keras.config.dtype_policy()
    exact = contextlib.nullcontext()
    if keras.backend.backend() == "jax":
        import jax

        exact = jax.enable_x64(True)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")  # Another test may have set one.
    with exact:
        yield
    keras.config.set_floatx(before[0])
    keras.config.set_dtype_policy(before[1])


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
