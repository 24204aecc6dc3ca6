"""Models and layers compiled in one piece, as fast as each backend runs them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def jitted(call: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function compiled for each shape on JAX, and as it is elsewhere.

    Step by step, JAX compiles every operation of every shape by itself, and loops
    again at every call.
    """
    if keras.backend.backend() != "jax":
        return call
    import jax

    if not (isinstance(call, keras.layers.Layer) and call.built):
        return jax.jit(call)

    def outputs(trained, others, *inputs):
        return call.stateless_call(trained, others, *inputs)[0]

    # Weights are arguments, so that they are no part of the compiled program.
    run = jax.jit(outputs)
    weights = call.trainable_variables, call.non_trainable_variables
    return lambda *inputs: run(*([one.value for one in w] for w in weights), *inputs)


def graph_of(model: keras.Model) -> Callable[[Any], np.ndarray]:
    """Returns the model on float32 images of any size, without a look at values.

    TensorFlow traces one graph for all sizes; see `jitted` for JAX.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        spec = [tf.TensorSpec((None, None, None, 3), tf.float32)]
        run = tf.function(lambda x: model(x, training=False), spec, autograph=False)
    else:
        run = jitted(model)
    return lambda images: keras.ops.convert_to_numpy(run(images))
