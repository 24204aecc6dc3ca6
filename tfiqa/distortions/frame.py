"""What surrounds every distortion: layout, range, and the two stretches of KADIS.

Outside, pictures are `(batch, height, width, 3)` in `[0, 255]`. Inside, where the
distortions work, they are planes: `(batch, 3, height, width)` in `[0, 1]`. KADIS-700k
stretches a picture to the whole of `[0, 1]` before it distorts it, over all pixels
and channels together, and stretches the result in the same way.
"""

import tensorflow as tf


def stretch(images: tf.Tensor) -> tf.Tensor:
    """Stretches pictures so that each reaches from 0 to 255.

    One affine map for all pixels and channels of a picture, as KADIS-700k does before
    and after each distortion. The stretched pristine picture is the reference of a
    distorted one.

    Args:
        images: `(batch, height, width, 3)` in `[0, 255]`, any numeric dtype.

    Returns:
        float32 `(batch, height, width, 3)`, not rounded. Constant pictures are
        returned as they are.
    """
    images = tf.cast(images, tf.float32)
    lowest, highest = extrema(images)
    constant = highest <= lowest
    factor = tf.where(constant, 1.0, 255.0 / _span(lowest, highest))
    return (images - tf.where(constant, 0.0, lowest)) * factor


def to_planes(
    images: tf.Tensor, *, bounds: tuple[tf.Tensor | float, tf.Tensor | float]
) -> tf.Tensor:
    """Returns pictures as planes that are 0 and 1 at the bounds.

    Args:
        images: `(batch, height, width, 3)`.
        bounds: Least and greatest value, of each picture or of all of them. Where they
            are equal the planes become all zero.
    """
    return _stretched(tf.transpose(images, (0, 3, 1, 2)), bounds)


def stretch_planes(planes: tf.Tensor) -> tf.Tensor:
    """Returns planes that reach from 0 to 1, or all zero where one is constant."""
    return _stretched(planes, extrema(planes))


def to_images(
    planes: tf.Tensor, *, bounds: tuple[tf.Tensor, tf.Tensor], stretched: bool
) -> tf.Tensor:
    """Returns planes as pictures in `[0, 255]`, stretched or clipped.

    Args:
        planes: `(batch, 3, height, width)`, `[0, 1]` and beyond.
        bounds: Least and greatest value of each picture before distortion. Where they
            are equal the picture was constant, and is returned in place of its planes.
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
    """Returns values of `[0, 1]` as whole numbers of `[0, 255]`, half up, float32."""
    # In exact arithmetic many values of a stretched 8-bit picture are ties; the
    # bias keeps float32 from missing them.
    return tf.floor(tf.clip_by_value(planes, 0.0, 1.0) * 255.0 + (0.5 + 2.0**-13))


def extrema(images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the least and the greatest value of each picture, `(batch, 1, 1, 1)`."""
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
