"""The color spaces of `color_views` as tensor arithmetic, for any device.

All give the bytes of `color_views`, but for single levels of `local_mean`, where
float32 decides on which side of an integer a value lies.
"""

import functools
import math
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data import color_views

COLORED = 16  # Views whose colors are converted at once.


def gray(views: tf.Tensor) -> tf.Tensor:
    """Returns the luma, with Pillow's integer weights."""
    red, green, blue = (channel for channel in tf.unstack(_int32(views), axis=-1))
    luma = tf.bitwise.right_shift(
        red * 19595 + green * 38470 + blue * 7471 + 0x8000, 16
    )
    return _uint8(tf.stack([luma] * 3, axis=-1))


def lab(views: tf.Tensor) -> tf.Tensor:
    """Returns CIE Lab, looked up in a table of all colors."""
    return _looked_up(views, lab_table())


def lab_of_signed_bytes(views: tf.Tensor) -> tf.Tensor:
    """Returns CIE Lab with a and b as signed bytes."""
    signs = tf.constant([0, 128, 128], tf.uint8)
    return tf.bitwise.bitwise_xor(lab(views), signs)


def hsv(views: tf.Tensor) -> tf.Tensor:
    """Returns hue, saturation and value, in the single precision of Pillow."""
    colors = _int32(views)
    highest, lowest = tf.reduce_max(colors, -1), tf.reduce_min(colors, -1)
    span = tf.maximum(highest - lowest, 1)
    saturation = _float(span) / _float(tf.maximum(highest, 1))
    red, green, blue = tf.unstack(colors, axis=-1)
    red_share, green_share, blue_share = (
        _float(highest - channel) / _float(span) for channel in (red, green, blue)
    )
    hue = tf.where(
        red == highest,
        blue_share - green_share,
        tf.where(
            green == highest,
            _float(2.0 + _double(red_share) - _double(blue_share)),
            _float(4.0 + _double(green_share) - _double(red_share)),
        ),
    )
    hue = _float(tf.math.floormod(_double(hue) / 6.0 + 1.0, 1.0))
    varied = highest > lowest
    channels = [
        tf.where(varied, _int32(_double(hue) * 255.0), 0),
        tf.where(varied, _int32(_double(saturation) * 255.0), 0),
        highest,
    ]
    return _uint8(tf.stack(channels, axis=-1))


def local_mean(views: tf.Tensor) -> tf.Tensor:
    """Returns each channel minus its local mean, stretched to 0..255."""
    planes = _float(views)
    mean = planes
    for axis in (1, 2):
        mean = _filtered(mean, axis)
    planes -= mean
    lowest, highest = (
        end(planes, axis=(1, 2), keepdims=True)
        for end in (tf.reduce_min, tf.reduce_max)
    )
    planes = (planes - lowest) * (255.0 / (highest - lowest + color_views.SMALL))
    return _uint8(tf.floor(planes))


def rgb(views: tf.Tensor) -> tf.Tensor:
    """Returns the views unchanged."""
    return views


# The same names as `color_views.COLOR_VIEWS`.
COLOR_TENSORS: Mapping[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "gray": gray,
    "lab": lab,
    "lab_of_signed_bytes": lab_of_signed_bytes,
    "hsv": hsv,
    "local_mean": local_mean,
    "rgb": rgb,
}


def in_colors(views: Any, colors: tf.Tensor, names: tuple[str, ...]) -> tf.Tensor:
    """Returns views in their color spaces, uint8.

    Args:
        views: `(n, side, side, 3)`, integers.
        colors: int32 `(n,)`: positions in `names`.
        names: Keys of `COLOR_TENSORS`.
    """
    count, *shape = views.shape
    some = math.gcd(count, COLORED)
    convert = _conversion(names)
    converted = tf.map_fn(
        lambda part: convert(*part),
        (
            tf.reshape(tf.cast(views, tf.float16), (-1, some, *shape)),
            tf.reshape(colors, (-1, some)),
        ),
        fn_output_signature=tf.TensorSpec((some, *shape), tf.float16),
    )
    return tf.cast(tf.reshape(converted, (count, *shape)), tf.uint8)


@functools.cache
def lab_table() -> tf.Tensor:
    """Returns Lab of all colors, 48 MB, uint8 `(256 * 256 * 256, 3)`."""
    channels = np.indices((256, 256), np.uint8)
    table = np.empty((256, 256, 256, 3), np.uint8)
    for red in range(256):
        plane = np.stack([np.full((256, 256), red, np.uint8), *channels], axis=-1)
        table[red] = color_views.lab(plane)
    with tf.init_scope():
        return tf.constant(table.reshape(-1, 3))


def _looked_up(views: tf.Tensor, table: tf.Tensor) -> tf.Tensor:
    red, green, blue = tf.unstack(_int32(views), axis=-1)
    return tf.gather(table, (red * 256 + green) * 256 + blue)


def _filtered(planes: Any, axis: int) -> tf.Tensor:
    taps = color_views.TAPS
    margin, (*_, side) = len(taps) // 2, planes.shape[: axis + 1]
    widths = [[margin, margin] if at == axis else [0, 0] for at in range(4)]
    padded = tf.pad(planes, widths, "SYMMETRIC")
    begin = [slice(None)] * axis
    total = tf.zeros_like(planes)
    for start, tap in enumerate(taps.tolist()):
        total += padded[(*begin, slice(start, start + side))] * tap
    return total


def _int32(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.int32)


def _uint8(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.uint8)


def _float(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float32)


def _double(values: tf.Tensor) -> tf.Tensor:
    return tf.cast(values, tf.float64)


@functools.cache
def _conversion(names: tuple[str, ...]) -> Callable[..., tf.Tensor]:
    """Returns the compiled function from views and their colors to views."""

    def convert(views: tf.Tensor, colors: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(views, tf.uint8)
        result = pixels
        for index, name in enumerate(names):
            chosen = tf.reshape(colors == index, (-1, 1, 1, 1))
            result = tf.where(chosen, COLOR_TENSORS[name](pixels), result)
        return tf.cast(result, tf.float16)

    return tf.function(convert, jit_compile=True, autograph=False)
