"""A small training by momentum contrast, for what is measured on one."""

import keras
import numpy as np

from tfiqa import trainers
from tfiqa.optimizers import TorchSGD

RATE = 0.1
LENGTH = 5


def build_network(seed: int = 0) -> keras.Model:
    """Returns a network with batch normalisation, from crops to vectors."""
    crops = keras.Input((None, None, 3))
    draws = [keras.initializers.GlorotNormal(seed + k) for k in range(2)]
    # A bias before the normalisation would have no slope but noise.
    x = keras.layers.Conv2D(
        6, 5, strides=3, use_bias=False, kernel_initializer=draws[0]
    )(keras.layers.Rescaling(1 / 255)(crops))
    x = keras.layers.Activation("relu")(keras.layers.BatchNormalization()(x))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(
        crops, keras.layers.Dense(LENGTH, kernel_initializer=draws[1])(x)
    )


def build(*, queue_size: int = 20, **options) -> trainers.MomentumContrast:
    """Returns a trainee that is ready to be fitted."""
    trainee = trainers.MomentumContrast(
        build_network(), build_network(seed=7), queue_size=queue_size, **options
    )
    trainee.compile(TorchSGD(RATE))
    return trainee


def views(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Returns two noisy views of each of some pictures of different contrast."""
    rng = np.random.default_rng(seed)
    contrasts = np.linspace(0.2, 1, count)[:, None, None, None]
    colors = rng.uniform(0, 255, (count, 1, 1, 3))
    noise = rng.normal(size=(2, count, 16, 16, 3)) * 30 * contrasts
    first, second = np.clip(colors + noise, 0, 255)
    return first, second
