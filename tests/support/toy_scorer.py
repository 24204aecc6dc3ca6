"""A small scorer that is made at once, built as the real ones are."""

import keras
import numpy as np

from tfiqa import layers

METADATA = {
    "method": "toy",
    "dataset": "none",
    "mos_range": [0.0, 100.0],
    "unit": "MOS",
    "min_side": 4,
    "version": "0",
}


def toy_scorer(size: int = 16, coverage: str = "grid", **metadata) -> keras.Model:
    """Returns a scorer of `size` x `size` crops; finer detail scores higher."""
    images = keras.Input((None, None, 3), name="images")
    crops = layers.PatchMean(_network(size), size, coverage=coverage, name="features")
    features = crops(images)
    head = keras.layers.Dense(1, kernel_initializer="ones", name="quality")
    mos = layers.MOS(scale=400.0, metadata={**METADATA, **metadata})
    return keras.Model(images, mos(head(features), images), name="toy")


def _network(size: int) -> keras.Model:
    crops = keras.Input((size, size, 3))
    x = keras.layers.Rescaling(1 / 255)(crops)
    kernel = keras.initializers.RandomNormal(0.0, 0.1, seed=1)
    x = keras.layers.Conv2D(4, 3, kernel_initializer=kernel, use_bias=False)(x)
    # Minus its mean, so that only structure counts.
    x = keras.layers.Activation("relu")(x - keras.ops.mean(x, (1, 2), keepdims=True))
    return keras.Model(crops, keras.layers.GlobalAveragePooling2D()(x))


def toy_image(seed: int, height: int = 40, width: int = 56) -> np.ndarray:
    """Returns noise, uint8 `(height, width, 3)`, whose contrast depends on the seed."""
    noise = np.random.default_rng(seed).uniform(-1, 1, (height, width, 3))
    return (128 + (20 + 10 * (seed % 10)) * noise).astype("uint8")
