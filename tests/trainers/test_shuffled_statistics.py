"""Statistics of batches tell which views belong together, unless keys are shuffled.

The network knows nothing of a picture: its output is the mean color of all pictures
that share its statistics. It should do no better than by chance.
"""

import keras
import numpy as np
import pytest

from tests.trainers.toy_trainers import one_step
from tfiqa import trainers

ROWS, QUEUE = 32, 32
CHANCE = np.log(1 + QUEUE)


def blind_network():
    """Returns the model from pictures to the mean of their batch normalization."""
    pictures = keras.Input((None, None, 3))
    colors = keras.layers.GlobalAveragePooling2D()(
        keras.layers.Rescaling(1 / 255, -0.5)(pictures)
    )
    # So large an epsilon leaves the deviation from the mean.
    centered = keras.layers.BatchNormalization(
        epsilon=1e6, gamma_initializer=keras.initializers.Constant(1e3)
    )(colors)
    return keras.Model(pictures, colors - centered)


def loss_of(*, shuffled=True, **options):
    """Returns the loss of one step, and how often the own key is nearest."""
    colors = np.random.default_rng(1).uniform(0, 255, (ROWS, 1, 1, 3))
    pictures = np.broadcast_to(colors, (ROWS, 4, 4, 3)).astype("float32")
    trainee = trainers.MomentumContrast(
        *(blind_network(), blind_network()),
        queue_size=QUEUE,
        negatives="queue",
        **options,
    )
    trainee.in_groups = trainee.in_groups and shuffled
    trainee.compile(keras.optimizers.SGD(1e-9))
    return one_step(trainee, (pictures, pictures))["loss"][0]


def test_statistics_of_the_whole_batch_leak():
    assert loss_of() < CHANCE / 2


@pytest.mark.parametrize("options", [{"bn_group": 4}, {"micro_batch": 4}])
def test_statistics_of_groups_leak_unless_keys_are_shuffled(options):
    assert loss_of(shuffled=False, **options) < CHANCE / 2
    assert loss_of(**options) > CHANCE - 0.5
