"""Where training computes: one device, several, several machines, or a TPU.

Importing this costs no Keras.
"""

import functools
import os
from typing import Any

NAMES = ("none", "mirrored", "multi_worker", "tpu")


def create(name: str) -> Any:
    """Returns the `tf.distribute.Strategy` called `name`, or `None` for one device.

    To be called before anything is computed: several workers and TPUs are connected
    here, once in a process, so that several trainings can share them. The strategies
    are TensorFlow's; with another backend of Keras only `"none"` is possible. `"tpu"`
    follows TensorFlow's documentation and has not been run on a TPU by us.

    Raises:
        ValueError: If the name is unknown, the backend is another one, or workers have
            no addresses.
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
            "Several workers find each other through the environment variable "
            "TF_CONFIG, a JSON text with `cluster` and `task`. Received: none"
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
