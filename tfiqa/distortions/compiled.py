"""Arithmetic on single pixels, compiled.

XLA joins a chain of operations into one loop over the pixels: several times faster on
a CPU than one pass over the picture after another. It compiles for each shape anew, so
pictures are cut into blocks of one size: a function is compiled once for all sizes of
pictures and batches.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfiqa.distortions.filters import dimensions

PIXELS = 2**16  # Of one block.

# From the channels of pixels, 1-D, and from numbers to new channels. A function of a
# module, since it is compiled once for each identity.
Kernel = Callable[..., list[tf.Tensor]]


def on_pixels(kernel: Kernel, planes: tf.Tensor, *numbers: float) -> tf.Tensor:
    """Returns planes whose pixels are functions of the same pixels of other planes.

    Args:
        kernel: Maps as many tensors `(n,)` as `planes` has channels, and the numbers,
            to the list of new channels `(n,)`.
        planes: `(batch, channels, height, width)`.
        *numbers: Parameters of the kernel. Other values do not compile it again.

    Returns:
        `(batch, new channels, height, width)`.
    """
    batch, channels, height, width = dimensions(planes)
    flat = tf.reshape(planes, (batch, channels, height * width))
    parameters = [tf.constant(number, tf.float32) for number in numbers]
    flat = _looped(kernel, width=0)(flat, tf.zeros((batch, 0)), parameters)
    return tf.reshape(flat, (batch, flat.shape[1], height, width))


def on_placed(
    kernel: Kernel, flat: tf.Tensor, keys: tf.Tensor, numbers: Sequence[tf.Tensor]
) -> tf.Tensor:
    """Returns functions of values, of a key of their picture and of their place.

    Args:
        kernel: Maps a key `(n,)`, the number of a block of `PIXELS` values, the
            channels and the numbers to the list of new channels.
        flat: `(batch, channels, n)`; there may be no channels.
        keys: `(batch, n)`, what belongs to each picture.
        numbers: Parameters of the kernel.

    Returns:
        `(batch, new channels, n)`.
    """
    return _looped(kernel, width=keys.shape[1])(flat, keys, list(numbers))


@functools.cache
def _looped(kernel: Kernel, *, width: int) -> Callable[..., tf.Tensor]:
    """Returns the function that takes values to pieces for a kernel, and joins them.

    Args:
        kernel: Of `on_pixels`, or of `on_placed` where there are keys.
        width: Numbers in a key, 0 where there are none.
    """
    run = tf.function(kernel, jit_compile=True, autograph=False)

    def loop(
        flat: tf.Tensor, keys: tf.Tensor, parameters: list[tf.Tensor]
    ) -> tf.Tensor:
        keys = tf.ensure_shape(keys, (None, width))
        batch, channels, size = dimensions(flat)
        blocks = -(-size // PIXELS)
        filled = _filled_up(flat, blocks * PIXELS)

        def one(index: tf.Tensor) -> tuple[tf.Tensor, ...]:
            picture, block = index // blocks, index % blocks
            start = [picture, 0, block * PIXELS]
            piece = tf.slice(filled, start, [1, channels, PIXELS])[0]
            place = (keys[picture], block) if width else ()
            return tuple(run(*place, *tf.unstack(piece), *parameters))

        indices = tf.range(batch * blocks)
        outputs = tf.map_fn(
            one,
            indices,
            fn_output_signature=(tf.TensorSpec((PIXELS,), tf.float32),)
            * _outputs(run, flat, keys, parameters),
        )
        lines = [tf.reshape(output, (batch, blocks * PIXELS)) for output in outputs]
        return tf.stack([line[:, :size] for line in lines], axis=1)

    return graph(loop)


def graph(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """Returns the function as a graph, one for all sizes where that can be.

    TensorFlow warns of functions that it traces often, and counts those of one code
    as one; a partial is counted by itself.
    """
    partial = functools.partial(function)
    return tf.function(partial, autograph=False, reduce_retracing=True)


def _outputs(
    run: Callable[..., list[tf.Tensor]],
    flat: tf.Tensor,
    keys: tf.Tensor,
    parameters: list[tf.Tensor],
) -> int:
    """Returns how many channels a kernel makes."""
    block = tf.zeros((PIXELS,))
    place = (keys[0], tf.constant(0)) if keys.shape[1] else ()
    return len(run(*place, *[block] * dimensions(flat)[1], *parameters))


def _filled_up(flat: tf.Tensor, size: Any) -> tf.Tensor:
    """Returns values with zeros behind them, up to a size."""
    missing = size - dimensions(flat)[2]
    if isinstance(missing, int) and missing == 0:
        return flat
    return tf.pad(flat, [[0, 0], [0, 0], [0, missing]])
