"""Changes of color of planes `(batch, 3, height, width)`."""

import numpy as np
import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_gray
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.compiled import on_pixels
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel
from tfiqa.distortions.filters import take_columns
from tfiqa.distortions.frame import stretch_planes
from tfiqa.distortions.host import map_planes
from tfiqa.distortions.palette import through_palette


def color_diffusion(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurs `a` and `b` of Lab and multiplies them by `amount`."""
    del seed  # Nothing is random here.
    moved = on_pixels(_luminance_and_chroma, planes, amount)
    chroma = filter_separably(moved[:, 1:], gaussian_kernel(1.5 * amount + 2.0))
    return on_pixels(_with_chroma, tf.concat([moved[:, :1], chroma], axis=1))


def color_shift(planes: tf.Tensor, amount: int, seed: tf.Tensor) -> tf.Tensor:
    """Shifts green down and to the right where the image has edges."""
    return shift_green(planes, threefry.uniforms(seed, 2), amount)


def shift_green(planes: tf.Tensor, direction: tf.Tensor, amount: int) -> tf.Tensor:
    """Returns planes whose green is shifted along directions `(batch, 2)`."""
    green = planes[:, 1:2]
    shifted = _shift(green, shift_of_direction(direction, amount))
    moved = green + edge_mask(planes) * (shifted - green)
    return tf.concat([planes[:, :1], moved, planes[:, 2:]], axis=1)


def shift_of_direction(direction: tf.Tensor, amount: int) -> tf.Tensor:
    """Returns integer shifts `(batch, 2)`, down and right, of `amount` pixels."""
    length = tf.maximum(tf.norm(direction, axis=1, keepdims=True), 1e-6)
    return tf.cast(tf.floor(direction / length * amount + 0.5), tf.int32)


def edge_mask(planes: tf.Tensor) -> tf.Tensor:
    """Returns the strength of the edges near each pixel in `[0, 1]`, outliers clipped.

    Args:
        planes: `(batch, 3, height, width)`.

    Returns:
        `(batch, 1, height, width)`.
    """
    gray = to_gray(planes)
    down, right = gradient(gray, axis=2), gradient(gray, axis=3)
    edges = tf.sqrt(down * down + right * right)
    edges = stretch_planes(filter_separably(edges, gaussian_kernel(4.0)))
    edges = stretch_planes(tf.maximum(edges, 0.1))
    highest = percentile_99(edges)
    lowest = 1.0 - percentile_99(1.0 - edges)
    return stretch_planes(tf.clip_by_value(edges, lowest, highest))


def percentile_99(planes: tf.Tensor) -> tf.Tensor:
    """Returns the 99th percentile of each image: the value of the nearest rank.

    Args:
        planes: `(batch, channels, height, width)`.

    Returns:
        `(batch, 1, 1, 1)`.
    """
    batch, channels, height, width = dimensions(planes)
    count = channels * height * width
    above = count - (99 * count + 50) // 100
    flat = tf.reshape(planes, (batch, count))
    largest = tf.math.top_k(flat, above + 1, sorted=False).values
    return tf.reshape(tf.reduce_min(largest, axis=1), (batch, 1, 1, 1))


def color_quantization(planes: tf.Tensor, colors: int, seed: tf.Tensor) -> tf.Tensor:
    """Quantizes to `colors` colors with error diffusion, as MATLAB's `rgb2ind`."""
    del seed  # Nothing is random here.

    def through(planes: np.ndarray) -> np.ndarray:
        return through_palette(planes.transpose(1, 2, 0), colors).transpose(2, 0, 1)

    return map_planes(through, planes)


def saturation_hsv(planes: tf.Tensor, factor: float, seed: tf.Tensor) -> tf.Tensor:
    """Multiplies the saturation of HSV. Results may be above 1.

    In HSV, the differences of the channels to the largest one are proportional to the
    saturation, so they are multiplied. A factor below 0 inverts the hue.
    """
    del seed  # Nothing is random here.
    value = tf.reduce_max(planes, axis=1, keepdims=True)
    return value + (planes - value) * factor


def saturation_lab(planes: tf.Tensor, factor: float, seed: tf.Tensor) -> tf.Tensor:
    """Multiplies `a` and `b` of Lab."""
    del seed  # Nothing is random here.
    return on_pixels(_saturated, planes, factor)


def _luminance_and_chroma(
    red: tf.Tensor, green: tf.Tensor, blue: tf.Tensor, amount: tf.Tensor
) -> list[tf.Tensor]:
    x, y, z = to_responses(red, green, blue)
    return [y, (x - y) * amount, (z - y) * amount]


def _with_chroma(y: tf.Tensor, a: tf.Tensor, b: tf.Tensor) -> list[tf.Tensor]:
    return from_responses(y + a, y, y + b)


def _saturated(
    red: tf.Tensor, green: tf.Tensor, blue: tf.Tensor, factor: tf.Tensor
) -> list[tf.Tensor]:
    x, y, z = to_responses(red, green, blue)
    return from_responses(y + (x - y) * factor, y, y + (z - y) * factor)


def gradient(plane: tf.Tensor, axis: int) -> tf.Tensor:
    """Returns central differences, one-sided at both ends."""
    size = dimensions(plane)[axis]
    before, after = [0] * 4, [0] * 4
    inner = list(dimensions(plane))
    inner[axis] = size - 2
    after[axis] = 2
    central = 0.5 * (tf.slice(plane, after, inner) - tf.slice(plane, before, inner))
    edge = list(dimensions(plane))
    edge[axis] = 1

    def sample(index):
        start = [0] * 4
        start[axis] = index
        return tf.slice(plane, start, edge)

    first, last = sample(1) - sample(0), sample(size - 1) - sample(size - 2)
    return tf.concat([first, central, last], axis=axis)


def _shift(planes: tf.Tensor, shifts: tf.Tensor) -> tf.Tensor:
    """Returns `(batch, 1, height, width)` shifted down and right, edges repeated.

    The original rolls padded planes whose margin is the larger shift, so that what
    wraps around from the far side is always cropped.
    """
    batch, _, height, width = dimensions(planes)
    rows = tf.maximum(tf.range(height) - shifts[:, :1], 0)
    columns = tf.maximum(tf.range(width) - shifts[:, 1:], 0)
    moved = tf.gather(planes[:, 0], rows, axis=1, batch_dims=1)
    moved = take_columns(moved, columns)
    return tf.reshape(moved, (batch, 1, height, width))
