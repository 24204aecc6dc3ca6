"""Arithmetic on single pixels, compiled.

XLA fuses a chain of operations into one loop over the pixels, which on a CPU is several
times faster than one pass over the image for each operation. It compiles anew for each
shape. Images are therefore cut into blocks of one size, so that a function is compiled
once for all sizes of images and batches.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfiqa.distortions.filters import dimensions

PIXELS = 2**16  # Number of pixels in a block.

# Maps 1-D channels and numbers to new channels. It must be a module-level function,
# since it is compiled once for each function object.
Kernel = Callable[..., list[tf.Tensor]]


def on_pixels(kernel: Kernel, planes: tf.Tensor, *numbers: float) -> tf.Tensor:
    """Applies a function to each pixel of planes.

    Args:
        kernel: Maps as many tensors `(n,)` as `planes` has channels, and the numbers,
            to the list of new channels `(n,)`.
        planes: `(batch, channels, height, width)`.
        *numbers: Parameters of the kernel. New values do not compile it again.

    Returns:
        `(batch, new channels, height, width)`.
    """
    batch, channels, height, width = dimensions(planes)
    flat = tf.reshape(planes, (batch, channels, height * width))
    parameters = [tf.constant(number, tf.float32) for number in numbers]
    flat = _block_loop(kernel, width=0)(flat, tf.zeros((batch, 0)), parameters)
    return tf.reshape(flat, (batch, flat.shape[1], height, width))


def on_blocks(
    kernel: Kernel, flat: tf.Tensor, keys: tf.Tensor, numbers: Sequence[tf.Tensor]
) -> tf.Tensor:
    """Applies a function of values, of their image's key and of their block.

    Args:
        kernel: Maps a key `(k,)`, the index of a block of `PIXELS` values, the
            channels and the numbers to the list of new channels.
        flat: `(batch, channels, n)`; the number of channels may be 0.
        keys: `(batch, k)`, one row for each image.
        numbers: Parameters of the kernel.

    Returns:
        `(batch, new channels, n)`.
    """
    return _block_loop(kernel, width=keys.shape[1])(flat, keys, list(numbers))


@functools.cache
def _block_loop(kernel: Kernel, *, width: int) -> Callable[..., tf.Tensor]:
    """Returns the function that runs a kernel block by block and joins the results.

    Args:
        kernel: See `on_pixels`, or `on_blocks` if there are keys.
        width: Length of a key, or 0 without keys.
    """
    run = tf.function(kernel, jit_compile=True, autograph=False)

    def loop(
        flat: tf.Tensor, keys: tf.Tensor, parameters: list[tf.Tensor]
    ) -> tf.Tensor:
        keys = tf.ensure_shape(keys, (None, width))
        batch, channels, size = dimensions(flat)
        blocks = -(-size // PIXELS)
        filled = _padded(flat, blocks * PIXELS)

        def run_block(index: tf.Tensor) -> tuple[tf.Tensor, ...]:
            image, block = index // blocks, index % blocks
            start = [image, 0, block * PIXELS]
            values = tf.slice(filled, start, [1, channels, PIXELS])[0]
            position = (keys[image], block) if width else ()
            return tuple(run(*position, *tf.unstack(values), *parameters))

        indices = tf.range(batch * blocks)
        outputs = tf.map_fn(
            run_block,
            indices,
            fn_output_signature=(tf.TensorSpec((PIXELS,), tf.float32),)
            * _outputs(run, flat, keys, parameters),
        )
        lines = [tf.reshape(output, (batch, blocks * PIXELS)) for output in outputs]
        return tf.stack([line[:, :size] for line in lines], axis=1)

    return graph(loop)


def graph(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """Returns the function as a graph, one graph for all sizes if possible.

    TensorFlow warns of functions that it traces often, and counts all functions with
    the same code as one. A partial is counted separately.
    """
    partial = functools.partial(function)
    return tf.function(partial, autograph=False, reduce_retracing=True)


def _outputs(
    run: Callable[..., list[tf.Tensor]],
    flat: tf.Tensor,
    keys: tf.Tensor,
    parameters: list[tf.Tensor],
) -> int:
    """Returns the number of channels that a kernel returns."""
    block = tf.zeros((PIXELS,))
    position = (keys[0], tf.constant(0)) if keys.shape[1] else ()
    return len(run(*position, *[block] * dimensions(flat)[1], *parameters))


def _padded(flat: tf.Tensor, size: Any) -> tf.Tensor:
    """Returns values padded with zeros at the end, up to a size."""
    missing = size - dimensions(flat)[2]
    if isinstance(missing, int) and missing == 0:
        return flat
    return tf.pad(flat, [[0, 0], [0, 0], [0, missing]])
