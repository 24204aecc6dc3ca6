"""Views that share nothing but their content, as MoCo v2 draws them.

Chen et al., "Improved baselines with momentum contrastive learning", 2020: random parts
of an image, with jittered colors, grayscale, blur or mirroring. All functions are
stateless: they depend on an image and a key. Between them images are float32
`(height, width, 3)` in `[0, 1]`.
"""

import math
from collections.abc import Callable

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.pixels.luma import BT601

ATTEMPTS = 10  # Draws of a part until one is inside the image.
AREA = (0.2, 1.0)  # Area of a part, as a share of the image.
RATIO = (3 / 4, 4 / 3)  # Width over height of a part.

STRENGTH = 0.4  # Range around 1 of the factors of brightness, contrast, saturation.
HUE = 0.1  # Largest shift as a share of the color circle, in both directions.
JITTERED, GRAY, BLURRED, MIRRORED = 0.8, 0.2, 0.5, 0.5

DEVIATION = (0.1, 2.0)  # Standard deviation of the blur, in pixels.
_RADIUS = 6  # Three standard deviations.


def two_views(image: tf.Tensor, key: tf.Tensor, *, size: int) -> tf.Tensor:
    """Returns two views, float32 `(2, size, size, 3)` in `[0, 255]`.

    Args:
        image: uint8 `(height, width, 3)`.
        key: int32 `(2,)`; equal keys give equal views.
        size: Side of the views.
    """
    keys = tf.unstack(ops.split_seed(key, 2))
    return tf.stack([one_view(image, key, size=size) for key in keys])


def one_view(image: tf.Tensor, key: tf.Tensor, *, size: int) -> tf.Tensor:
    """Returns a random view, float32 `(size, size, 3)` in `[0, 255]`."""
    part, colors, changes, blur = tf.unstack(ops.split_seed(key, 4))
    view = random_part(image, part, size=size) / 255.0
    chances = tf.random.stateless_uniform((4,), changes)
    view = _perhaps(chances[0] < JITTERED, view, lambda v: jittered(v, colors))
    view = _perhaps(chances[1] < GRAY, view, lambda v: tf.repeat(gray(v), 3, axis=2))
    view = _perhaps(chances[2] < BLURRED, view, lambda v: blurred(v, blur))
    view = _perhaps(chances[3] < MIRRORED, view, lambda v: v[:, ::-1])
    return tf.ensure_shape(255.0 * view, (size, size, 3))


def random_part(image: tf.Tensor, key: tf.Tensor, *, size: int) -> tf.Tensor:
    """Returns a part of random area and ratio, resized, float32 in `[0, 255]`.

    Of ten drawn parts, the first one inside the image is taken, or else the largest
    centered one of an allowed ratio.
    """
    corner, sides = part_of(tf.shape(image)[0], tf.shape(image)[1], key)
    part = tf.slice(image, tf.pad(corner, [[0, 1]]), tf.concat([sides, [3]], axis=0))
    return tf.image.resize(
        tf.cast(part, tf.float32), (size, size), method="bilinear", antialias=True
    )


def part_of(
    height: tf.Tensor, width: tf.Tensor, key: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns corner and sides of a part of an image, int32 `(2,)` each."""
    keys = tf.unstack(ops.split_seed(key, 3))
    area = tf.random.stateless_uniform((ATTEMPTS,), keys[0], *AREA)
    low, high = map(math.log, RATIO)
    ratio = tf.exp(tf.random.stateless_uniform((ATTEMPTS,), keys[1], low, high))
    extent = tf.cast(tf.stack([height, width]), tf.float32)
    pixels = area * extent[0] * extent[1]
    sides = tf.round(tf.sqrt(tf.stack([pixels / ratio, pixels * ratio], axis=1)))
    fitting = tf.reduce_all((sides >= 1) & (sides <= extent), axis=1)
    # The largest centered part of the nearest allowed ratio.
    middle = tf.minimum(extent, tf.round(extent[::-1] * (1 / RATIO[0], RATIO[1])))
    first = tf.argmax(tf.cast(fitting, tf.int32), output_type=tf.int32)
    sides = tf.where(fitting[first], sides[first], middle)
    spare = extent - sides
    drawn = tf.random.stateless_uniform((2,), keys[2]) * (spare + 1.0)
    corner = tf.floor(tf.where(fitting[first], tf.minimum(drawn, spare), spare / 2.0))
    return tf.cast(corner, tf.int32), tf.cast(sides, tf.int32)


def jittered(view: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Returns an image with random brightness, contrast, saturation and hue."""
    order, factors, hue = tf.unstack(ops.split_seed(key, 3))
    factor = tf.random.stateless_uniform((3,), factors, 1 - STRENGTH, 1 + STRENGTH)
    turn = tf.random.stateless_uniform((), hue, -HUE, HUE)
    changes = [
        lambda v: _blended(v, 0.0, factor[0]),
        lambda v: _blended(v, tf.reduce_mean(gray(v)), factor[1]),
        lambda v: _blended(v, gray(v), factor[2]),
        lambda v: tf.image.adjust_hue(v, turn),
    ]
    order_of_changes = tf.argsort(tf.random.stateless_uniform((len(changes),), order))
    for index in range(len(changes)):
        view = tf.switch_case(
            order_of_changes[index], [_of(view, change) for change in changes]
        )
    return view


def gray(view: tf.Tensor) -> tf.Tensor:
    """Returns the luma, `(height, width, 1)`."""
    return tf.reduce_sum(view * BT601, axis=2, keepdims=True)


def blurred(view: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Returns an image blurred by a Gaussian of random width; borders are repeated."""
    deviation = tf.random.stateless_uniform((), key, *DEVIATION)
    offsets = tf.range(-_RADIUS, _RADIUS + 1)
    weights = tf.exp(-0.5 * tf.square(tf.cast(offsets, tf.float32) / deviation))
    weights /= tf.reduce_sum(weights)
    for axis in (0, 1):
        side = tf.shape(view)[axis]
        indices = tf.clip_by_value(tf.range(side)[:, None] + offsets, 0, side - 1)
        # The matrix that filters all rows, or all columns, at once.
        band = tf.reduce_sum(tf.one_hot(indices, side) * weights[:, None], axis=1)
        view = tf.tensordot(band, view, [[1], [axis]])
        view = view if axis == 0 else tf.transpose(view, (1, 0, 2))
    return view


def _blended(view: tf.Tensor, other: tf.Tensor | float, factor: tf.Tensor) -> tf.Tensor:
    return tf.clip_by_value(other + (view - other) * factor, 0.0, 1.0)


def _perhaps(
    condition: tf.Tensor, view: tf.Tensor, change: Callable[[tf.Tensor], tf.Tensor]
) -> tf.Tensor:
    return tf.cond(condition, lambda: change(view), lambda: view)


def _of(
    view: tf.Tensor, change: Callable[[tf.Tensor], tf.Tensor]
) -> Callable[[], tf.Tensor]:
    return lambda: change(view)
