"""A loop of which only one turn takes memory at a time."""

from collections.abc import Callable
from typing import Any

import keras


def in_turn(
    body: Callable[[Any, Any], tuple[Any, tuple]],
    carry: list[Any],
    count: Any,
    *,
    stacked: bool = True,
) -> tuple[list[Any], tuple]:
    """Returns the last carry, and the stacked results of all turns.

    Args:
        body: Function from the carry and the index of a turn, a scalar int32 tensor, to
            the next carry and a tuple of tensors.
        carry: Tensors of constant shape.
        count: Number of turns, at least 1.
        stacked: Whether there are results; otherwise the tuple is empty.
    """
    if keras.backend.backend() == "jax":
        import jax  # Not at the top: TensorFlow does not need it.

        numbers = jax.numpy.arange(count, dtype="int32")
        return jax.lax.scan(body, carry, numbers)
    if keras.backend.backend() == "tensorflow":
        return _in_turn_on_tensorflow(body, carry, count, stacked=stacked)
    raise RuntimeError(
        "Batches are cut into parts on the backends TensorFlow and JAX. "
        f"Received: {keras.backend.backend()}"
    )


def _in_turn_on_tensorflow(body, carry, count, *, stacked):
    import tensorflow as tf  # See `in_turn`.

    # Results are not known before the loop, but their places must be.
    shapes = ()
    if stacked:
        with tf.__internal__.FuncGraph("shapes").as_default():
            _, shapes = body(carry, tf.constant(0))
    places = [
        tf.TensorArray(one.dtype, count, element_shape=one.shape) for one in shapes
    ]

    def turn(index, carry, places):
        carry, results = body(carry, index)
        places = [
            place.write(index, result)
            for place, result in zip(places, results, strict=True)
        ]
        return index + 1, carry, places

    _, carry, places = tf.while_loop(
        lambda index, *_: index < count,
        turn,
        (tf.constant(0), carry, places),
        parallel_iterations=1,
        maximum_iterations=count,
    )
    return carry, tuple(place.stack() for place in places)
