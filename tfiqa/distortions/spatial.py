"""Spatial distortions of planes `(batch, 3, height, width)`, one seed per image."""

import tensorflow as tf

from tfiqa.distortions import otsu
from tfiqa.distortions import threefry
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import take_columns
from tfiqa.distortions.patches import copy_patches
from tfiqa.distortions.patches import paint_squares
from tfiqa.distortions.regions import image_sides
from tfiqa.distortions.resampling import resample

PATCH = 16  # Side of a shifted patch, and its distance to all borders.
BLOCK = 32  # Side of a block of one color.
PASSES = 5  # Number of passes of the jitter.


def jitter(planes: tf.Tensor, sigma: float, seed: tf.Tensor) -> tf.Tensor:
    """Moves all pixels by normal steps of `sigma` pixels, five times."""
    _, _, height, width = dimensions(planes)
    for index in range(PASSES):
        steps = threefry.normal_fields(seed, (2, height, width), stream=index)
        planes = resample(planes, steps * sigma, threefry.LARGEST_NORMAL * sigma)
    return planes


def patch_shift(planes: tf.Tensor, count: int, seed: tf.Tensor) -> tf.Tensor:
    """Copies patches to positions up to 8 pixels away, one after another."""
    _, _, height, width = dimensions(planes)
    corners, targets = patch_positions(seed, count, height=height, width=width)
    return copy_patches(planes, corners, targets, PATCH)


def patch_positions(
    seed: tf.Tensor, count: int, *, height: int | tf.Tensor, width: int | tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first rows and columns of patches and of their copies.

    Args:
        seed: int32 `(batch, 2)`.
        count: Number of patches in each image.
        height: Height of the images in pixels.
        width: Width of the images in pixels.

    Returns:
        Two int32 `(batch, count, 2)`: row and column, from 0.
    """
    sides = tf.cast([height, width], tf.float32)
    chances = tf.reshape(threefry.uniforms(seed, 4 * count), (-1, count, 4))
    # Draws are ordered width, height, width, height; here, rows come first.
    corners = _round(chances[:, :, 1::-1] * (sides - 3.0 * PATCH)) + PATCH
    targets = _round(corners + (chances[:, :, :1:-1] - 0.5) * PATCH)
    return tf.cast(corners, tf.int32) - 1, tf.cast(targets, tf.int32) - 1


def pixelate(planes: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Drops rows and columns and enlarges the image to its size again."""
    sides = dimensions(planes)[2:]
    scale = coarse_scale(strength)
    full_sides = image_sides(seed, sides)  # Nothing is random here.
    rows, columns = (
        # Clipping only affects pixels in the margin of a region.
        tf.clip_by_value(
            coarse_indices(full, scale)[start : start + side] - start, 0, side - 1
        )
        for side, (full, start) in zip(sides, full_sides, strict=True)
    )
    return take_columns(tf.gather(planes, rows, axis=2), columns)


def coarse_scale(strength: float) -> float:
    """Returns the share of rows and columns that is kept at a strength."""
    return 0.95 - strength**0.6


def coarse_indices(size: int | tf.Tensor, scale: float) -> tf.Tensor:
    """Returns the source of each of `size` samples after nearest-neighbor down and up.

    When MATLAB's `imresize` scales down, it uses its argument `scale`, not the ratio of
    the sizes; when it scales up, it uses the ratio.
    """
    size = tf.cast(size, tf.float64)
    small = tf.math.ceil(scale * size)
    ratio = size / small
    up = tf.range(1.0, size + 1.0, dtype=tf.float64)
    up = tf.floor(up / ratio + 0.5 * (1.0 - 1.0 / ratio) + 0.5)
    up = tf.clip_by_value(up, 1.0, small)
    down = tf.floor(up / scale + 0.5 * (1.0 - 1.0 / scale) + 0.5)
    return tf.cast(tf.clip_by_value(down, 1.0, size), tf.int32) - 1


def quantization(planes: tf.Tensor, count: int, seed: tf.Tensor) -> tf.Tensor:
    """Quantizes to `count + 1` values, split by Otsu's thresholds."""
    del seed  # Nothing is random here.
    return otsu.quantize(planes, count)


def color_block(planes: tf.Tensor, count: int, seed: tf.Tensor) -> tf.Tensor:
    """Paints squares of random colors at random positions, one over another."""
    batch, _, height, width = dimensions(planes)
    space = tf.cast([height - BLOCK, width - BLOCK], tf.float32)
    chances = tf.reshape(threefry.uniforms(seed, 5 * count), (batch, count, 5))
    corners = tf.cast(_round(chances[:, :, :2] * space), tf.int32)
    return paint_squares(planes, corners, chances[:, :, 2:], BLOCK)


def _round(values: tf.Tensor) -> tf.Tensor:
    return tf.floor(values + 0.5)
