"""Where training computes: one device, several, several machines, or a TPU."""

import os
from typing import Any

import keras

NAMES = ("none", "mirrored", "multi_worker", "tpu")


def create(name: str) -> Any:
    """Returns the `tf.distribute.Strategy` called `name`, or `None` for one device.

    To be called before anything is computed: several workers and TPUs are connected
    here. The strategies are TensorFlow's; with another backend of Keras only `"none"`
    is possible. `"tpu"` follows TensorFlow's documentation and has not been run on a
    TPU by us.

    Raises:
        ValueError: Of an unknown name, another backend, or workers without addresses.
    """
    if name not in NAMES:
        raise ValueError(
            f"`strategy` must be one of {', '.join(NAMES)}. Received: strategy={name!r}"
        )
    if name == "none":
        return None
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            "Strategies exist on Keras' TensorFlow backend only. Received: "
            f"strategy={name!r} with KERAS_BACKEND={keras.backend.backend()}"
        )
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multi_worker":
        if "TF_CONFIG" not in os.environ:
            raise ValueError(
                "Several workers find each other through the environment variable "
                "TF_CONFIG, a JSON text with `cluster` and `task`. Received: none"
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="")
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return tf.distribute.TPUStrategy(resolver)
