"""Devices to train on: one, several, several machines, or a TPU.

Importing this does not load Keras.
"""

import functools
import os
from typing import Any

NAMES = ("none", "mirrored", "multi_worker", "tpu")


def create(name: str) -> Any:
    """Returns the `tf.distribute.Strategy` called `name`, or `None` for one device.

    Call it before any computation: workers and TPUs are connected here, once per
    process, so that later trainings can share them. The strategies are TensorFlow's;
    other Keras backends support only `"none"`. `"tpu"` follows TensorFlow's
    documentation and has not been tested on a TPU.

    Raises:
        ValueError: If the name is unknown, the backend does not support it, or workers
            have no addresses.
    """
    if name not in NAMES:
        raise ValueError(
            f"`strategy` must be one of {', '.join(NAMES)}. Received: strategy={name!r}"
        )
    if name == "none":
        return None
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Strategies exist on Keras' TensorFlow backend only. Received: "
            f"strategy={name!r} with KERAS_BACKEND={keras.backend.backend()}"
        )
    if name == "multi_worker" and "TF_CONFIG" not in os.environ:
        raise ValueError(
            "Workers find each other through the environment variable TF_CONFIG, "
            "a JSON text with `cluster` and `task`. Received: none"
        )
    return _connect(name)


@functools.cache
def _connect(name: str) -> Any:
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multi_worker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="")
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)
