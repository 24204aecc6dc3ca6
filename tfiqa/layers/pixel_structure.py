"""Squares that do not belong, and planes of color that lie apart, block by block."""

import numpy as np
from keras import ops

from tfiqa.layers.pixel_tones import block_means
from tfiqa.layers.pixel_tones import shares_above
from tfiqa.layers.pixel_tones import with_slopes

# Side in pixels of the squares that leave straight edges; such an edge is at least so
# long.
LENGTH = 12
# How much steeper an edge is than what lies beside it.
STEEPNESS = ((1.5, 1.0), (2.5, 1.0), (3.5, 1.0), (5.0, 1.0))
STEP = 4
FLAT = 8
BANDS = (1, 2, 4)

COUNT = 2 * len(STEEPNESS) + 2 + 4 + 6 * len(BANDS)


def structure(pixels, side):
    """Returns statistics of each block, `(batch, rows, columns, COUNT)`.

    These are the shares of straight edges along columns and rows, by how much steeper
    they are than their surroundings; the shares of pixels in flat surroundings, of any
    color and of a strong one; and for pairs of planes of color, in bands of three
    scales, how far their slopes agree.

    Args:
        pixels: float32 `(batch, height, width, 3)` in `[0, 255]`.
        side: Side of a block, a multiple of 8.
    """
    _, *both = with_slopes(pixels, np.empty((0, 3)), np.eye(3), (1, 1))
    steep = [ops.sum(ops.abs(one), axis=-1, keepdims=True) for one in both]
    parts = [
        _straight(steep[0], (LENGTH, 1), (1, 9), side),
        _straight(steep[1], (1, LENGTH), (9, 1), side),
        _flat(pixels, steep[0] + steep[1], side),
        *(_agreement(pixels, band, side) for band in BANDS),
    ]
    return ops.concatenate(parts, axis=-1)


def _straight(steep, along, beside, side):
    """Returns how many edges run straight along an axis, and how steep these are."""
    step = tuple(STEP if length > 1 else 1 for length in along)
    edge = ops.average_pool(steep, along, step, padding="same")
    around = ops.average_pool(edge, beside, 1, padding="same")
    ratio = edge / (around + 3.0)
    above = ops.relu(edge - 3.0 * around) / 32.0
    shares = [shares_above(ratio, (STEEPNESS,)), above]
    shares = ops.concatenate(shares, axis=-1)
    return block_means(shares, tuple(side // one for one in step))


def _flat(pixels, steep, side):
    """Returns shares of flat surroundings: any, colored, of middle tones, both."""
    roughest = ops.max_pool(steep, FLAT, STEP, padding="same")
    flat = ops.clip(1.5 - roughest / 2.0, 0.0, 1.0)
    pixels = block_means(pixels, STEP)
    highest = ops.max(pixels, axis=-1, keepdims=True)
    lowest = ops.min(pixels, axis=-1, keepdims=True)
    colored = ops.clip((highest - lowest - 24.0) / 64.0, 0.0, 1.0)
    middle = ops.clip(ops.minimum(highest, 255.0 - lowest) / 64.0 - 1.0, 0.0, 1.0)
    found = [flat, flat * colored, flat * middle, flat * colored * middle]
    return block_means(ops.concatenate(found, axis=-1), side // STEP)


def _agreement(pixels, band, side):
    """Returns the correlation of slopes of pairs of planes, and what it lacks."""
    if band > 1:
        pixels = block_means(pixels, band)
    energies, products = 0.0, 0.0
    for one in with_slopes(pixels, np.empty((0, 3)), np.eye(3), (2, 2))[1:]:
        energies += ops.square(one)
        products += one * _next_planes(one)
    length = side // band // 2
    energies, together = (block_means(one, length) for one in (energies, products))
    scale = ops.sqrt(energies * _next_planes(energies) + 1.0)
    lacking = ops.sqrt(ops.relu(scale - together) + 1e-2) / 16.0
    return ops.concatenate([together / scale, lacking], axis=-1)


def _next_planes(planes):
    """Returns green, blue and red for red, green and blue."""
    return ops.concatenate([planes[..., 1:], planes[..., :1]], axis=-1)
