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
    return (images - _offset(lowest, highest)) * 255.0 / _span(lowest, highest)


def to_planes(images: tf.Tensor, *, stretched: bool) -> tf.Tensor:
    """Returns pictures as planes in `[0, 1]`, stretched or only divided by 255.

    A constant picture becomes all zero where it is stretched.
    """
    planes = tf.transpose(images, (0, 3, 1, 2))
    return stretch_planes(planes) if stretched else planes / 255.0


def stretch_planes(planes: tf.Tensor) -> tf.Tensor:
    """Returns planes that reach from 0 to 1, or all zero where one is constant."""
    lowest, highest = extrema(planes)
    return (planes - lowest) / _span(lowest, highest, constant=1.0)


def to_images(planes: tf.Tensor, *, originals: tf.Tensor, stretched: bool) -> tf.Tensor:
    """Returns planes as pictures in `[0, 255]`, stretched or clipped.

    Args:
        planes: `(batch, 3, height, width)`, `[0, 1]` and beyond.
        originals: The pictures `(batch, height, width, 3)` before distortion. Where
            one is constant it is returned in place of its planes.
        stretched: Whether to stretch. Otherwise the planes are clipped to `[0, 1]`.
    """
    if stretched:
        lowest, highest = extrema(planes)
        factor = 255.0 / _span(lowest, highest, constant=1.0)
        offset = -_offset(lowest, highest) * factor
    else:
        planes = tf.clip_by_value(planes, 0.0, 1.0)
        factor, offset = tf.constant(255.0), tf.constant(0.0)
    lowest, highest = extrema(originals)
    factor = tf.where(highest > lowest, factor, 0.0)
    offset = tf.where(highest > lowest, offset, lowest)
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


def _span(
    lowest: tf.Tensor, highest: tf.Tensor, *, constant: float = 255.0
) -> tf.Tensor:
    return tf.where(highest > lowest, highest - lowest, constant)


def _offset(lowest: tf.Tensor, highest: tf.Tensor) -> tf.Tensor:
    return tf.where(highest > lowest, lowest, 0.0)
