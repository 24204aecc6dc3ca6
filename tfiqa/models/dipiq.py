"""dipIQ: the ranking network, and its scorer."""

import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfiqa import layers
from tfiqa.backbones import checkpoints


def rank_network(
    features: int, *, hidden: Sequence[int] = (256, 128, 3), name: str = "rank"
) -> keras.Model:
    """Returns the network from standardized features `(batch, features)` to a score.

    Args:
        features: Number of features.
        hidden: Units of the layers before the score, each with a ReLU.
        name: Name of the model.
    """
    vectors = keras.Input((features,), name="vectors")
    x = vectors
    for index, units in enumerate(hidden):
        # The first layer sums thousands of features.
        dense = keras.layers.Dense if index else layers.BlockedDense
        x = dense(units, "relu", name=f"hidden_{index}")(x)
    return keras.Model(vectors, keras.layers.Dense(1, name="score")(x), name=name)


def siamese(network: keras.Model) -> keras.Model:
    """Returns the model from two vectors to the difference of their scores.

    With a binary cross entropy from logits it is RankNet.
    """
    shape = network.input_shape[1:]
    pair = [keras.Input(shape, name=name) for name in ("better", "worse")]
    first, second = (network(vectors) for vectors in pair)
    return keras.Model(pair, keras.layers.Subtract()([first, second]), name="ranknet")


def build_scorer(
    encoder: keras.Model,
    network: keras.Model,
    mean: np.ndarray,
    deviation: np.ndarray,
    metadata: dict[str, Any],
) -> keras.Model:
    """Returns the scorer: the encoder, the standardization and the network.

    Args:
        encoder: Model from images of any size to features `(batch, d)`.
        network: See `rank_network`.
        mean: Mean of the features in training, `(d,)`.
        deviation: Their standard deviation, `(d,)`, positive.
        metadata: See `layers.MOS`.
    """
    scaling = layers.FeatureScaling("float32", dtype="float32", name="standardization")
    quality = network(scaling(encoder.output))
    scaling.set_weights([1 / deviation, -mean / deviation])
    mos = layers.MOS(metadata=metadata)(quality, encoder.input)
    return layers.Scorer(encoder.input, mos, name="dipiq")


def read_standardization(
    path: str | os.PathLike[str], features: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns mean and deviation `(features,)` of a published `.mat` file.

    It holds `trainMu` and `trainStd`, of the features of the authors' codebook.

    Raises:
        ValueError: If the file does not hold them.
    """
    arrays = checkpoints.read_arrays(path)
    stored = [arrays.get(name) for name in ("trainMu", "trainStd")]
    sizes = [None if array is None else array.size for array in stored]
    if sizes != [features, features]:
        raise ValueError(
            f"Arrays trainMu and trainStd of {features} numbers each are expected. "
            f"Received: {path} with {sizes}"
        )
    mean, deviation = (np.ravel(array).astype(np.float64) for array in stored)  # type: ignore[arg-type]
    return mean, np.where(deviation > 0, deviation, 1.0)
