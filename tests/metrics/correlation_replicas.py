"""Trains with the correlations as metrics on two replicas.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: the logs of two epochs beside what is expected, and the error of an epoch that
is longer than the capacity.
"""

import json
import sys

import keras
import numpy as np
import tensorflow as tf

from tests.trainers import two_replicas
from tfiqa import metrics

RNG = np.random.default_rng(0)
SCORES = RNG.integers(0, 9, 50).astype("float64")
INPUTS = (SCORES + RNG.normal(0, 3, 50))[:, None]


def model_with(strategy, kinds, capacity):
    with strategy.scope():
        images = keras.Input((1,))
        line = keras.layers.Dense(1, kernel_initializer="ones")
        model = keras.Model(images, line(images))
        chosen = [kind(capacity=capacity) for kind in kinds]
        model.compile(keras.optimizers.SGD(0.0), "mse", metrics=chosen)
    return model


def main():
    _, mirrored = two_replicas.strategies()
    kinds = {"srocc": metrics.SROCC, "plcc": metrics.PLCC, "krocc": metrics.KROCC}
    # 12 batches of 4, and one of 2; the shares of the replicas are equal.
    batches = tf.data.Dataset.from_tensor_slices((INPUTS, SCORES)).batch(4)
    model = model_with(mirrored, kinds.values(), capacity=60)
    log = model.fit(batches, epochs=2, shuffle=False, verbose=0).history
    expected = {name: getattr(metrics, name)(INPUTS[:, 0], SCORES) for name in kinds}
    result = {"logs": {name: [log[name], expected[name]] for name in kinds}}
    small = model_with(mirrored, [metrics.SROCC], capacity=10)
    result["log of a value too many"] = None
    try:
        log = small.fit(batches, shuffle=False, verbose=0).history
        result["log of a value too many"] = log["srocc"]
    except ValueError as error:
        result["error"] = str(error)
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    main()
