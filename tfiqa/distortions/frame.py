"""Steps before and after every distortion: layout, range, and the stretches of KADIS.

Images are `(batch, height, width, 3)` in `[0, 255]`. Distortions work on planes,
`(batch, 3, height, width)` in `[0, 1]`. KADIS-700k stretches an image to `[0, 1]`,
over all pixels and channels together, before it distorts it, and stretches the result
in the same way.
"""

import tensorflow as tf


def stretch(images: tf.Tensor) -> tf.Tensor:
    """Stretches each image to the range from 0 to 255.

    One affine map serves all pixels and channels of an image, as in KADIS-700k before
    and after each distortion. The stretched pristine image is the reference of a
    distorted one.

    Args:
        images: `(batch, height, width, 3)` in `[0, 255]`, any numeric dtype.

    Returns:
        float32 `(batch, height, width, 3)`, not rounded. Constant images are
        returned unchanged.
    """
    images = tf.cast(images, tf.float32)
    lowest, highest = extrema(images)
    constant = highest <= lowest
    factor = tf.where(constant, 1.0, 255.0 / _span(lowest, highest))
    return (images - tf.where(constant, 0.0, lowest)) * factor


def to_planes(
    images: tf.Tensor, *, bounds: tuple[tf.Tensor | float, tf.Tensor | float]
) -> tf.Tensor:
    """Returns images as planes, with the bounds mapped to 0 and 1.

    Args:
        images: `(batch, height, width, 3)`.
        bounds: Smallest and largest value, of each image or of all. If they are equal,
            the planes become zero.
    """
    # A third faster than a transposition.
    return _stretched(tf.stack(tf.unstack(images, num=3, axis=3), axis=1), bounds)


def stretch_planes(planes: tf.Tensor) -> tf.Tensor:
    """Stretches the planes of each image to `[0, 1]`; constant ones become zero."""
    return _stretched(planes, extrema(planes))


def to_images(
    planes: tf.Tensor, *, bounds: tuple[tf.Tensor, tf.Tensor], stretched: bool
) -> tf.Tensor:
    """Returns planes as images in `[0, 255]`, stretched or clipped.

    Args:
        planes: `(batch, 3, height, width)`; values may leave `[0, 1]`.
        bounds: Smallest and largest value of each image before distortion. If they are
            equal, the image was constant, and is returned unchanged.
        stretched: Whether to stretch. Otherwise the planes are clipped to `[0, 1]`.
    """
    if stretched:
        lowest, highest = extrema(planes)
        factor = 255.0 / _span(lowest, highest)
        lowest = tf.where(highest > lowest, lowest, 0.0)
    else:
        planes = tf.clip_by_value(planes, 0.0, 1.0)
        factor, lowest = tf.constant(255.0), tf.constant(0.0)
    varied = bounds[1] > bounds[0]
    factor = tf.where(varied, factor, 0.0)
    offset = tf.where(varied, -lowest * factor, bounds[0])
    return tf.transpose(planes * factor + offset, (0, 2, 3, 1))


def to_bytes(planes: tf.Tensor) -> tf.Tensor:
    """Returns values in `[0, 1]` as levels in `[0, 255]`, rounded half up, float32."""
    # In exact arithmetic, many values of a stretched 8-bit image are ties; the bias
    # makes up for the rounding errors of float32.
    return tf.floor(tf.clip_by_value(planes, 0.0, 1.0) * 255.0 + (0.5 + 2.0**-13))


def extrema(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the smallest and the largest value of each image, `(batch, 1, 1, 1)`."""
    return (
        tf.reduce_min(images, axis=(1, 2, 3), keepdims=True),
        tf.reduce_max(images, axis=(1, 2, 3), keepdims=True),
    )


def _stretched(
    planes: tf.Tensor, bounds: tuple[tf.Tensor | float, tf.Tensor | float]
) -> tf.Tensor:
    lowest, highest = bounds
    return (planes - lowest) * (1.0 / _span(lowest, highest))


def _span(lowest: tf.Tensor | float, highest: tf.Tensor | float) -> tf.Tensor:
    return tf.where(highest > lowest, highest - lowest, 1.0)
