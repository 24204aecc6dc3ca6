"""Statistics of misplaced squares and misaligned color planes, block by block."""

import numpy as np
from keras import ops

from tfiqa.layers.pixel_tones import block_means
from tfiqa.layers.pixel_tones import shares_above
from tfiqa.layers.pixel_tones import with_gradients

# Smallest length in pixels of the straight edges that squares leave.
LENGTH = 12
# Steps of the ratio of an edge's gradient to those beside it, each with its width.
EDGE_RATIOS = ((1.5, 1.0), (2.5, 1.0), (3.5, 1.0), (5.0, 1.0))
STEP = 4
FLAT = 8
BANDS = (1, 2, 4)

COUNT = 2 * len(EDGE_RATIOS) + 2 + 4 + 6 * len(BANDS)


def structure(pixels, side):
    """Returns statistics of each block, `(batch, rows, columns, COUNT)`.

    These are the shares of straight edges along columns and rows, by the ratio of their
    gradient to that of their surroundings; the shares of pixels in flat surroundings,
    of any color and of strong colors; and the agreement of the gradients of pairs of
    color planes at three scales.

    Args:
        pixels: float32 `(batch, height, width, 3)` in `[0, 255]`.
        side: Side of a block, a multiple of 8.
    """
    _, *both = with_gradients(pixels, np.empty((0, 3)), np.eye(3), (1, 1))
    magnitudes = [ops.sum(ops.abs(each), axis=-1, keepdims=True) for each in both]
    parts = [
        _straight(magnitudes[0], (LENGTH, 1), (1, 9), side),
        _straight(magnitudes[1], (1, LENGTH), (9, 1), side),
        _flat(pixels, magnitudes[0] + magnitudes[1], side),
        *(_agreement(pixels, band, side) for band in BANDS),
    ]
    return ops.concatenate(parts, axis=-1)


def _straight(magnitudes, along, beside, side):
    """Returns the shares of straight edges along an axis, and their strength."""
    step = tuple(STEP if length > 1 else 1 for length in along)
    edge = ops.average_pool(magnitudes, along, step, padding="same")
    around = ops.average_pool(edge, beside, 1, padding="same")
    ratio = edge / (around + 3.0)
    above = ops.relu(edge - 3.0 * around) / 32.0
    shares = [shares_above(ratio, (EDGE_RATIOS,)), above]
    shares = ops.concatenate(shares, axis=-1)
    return block_means(shares, tuple(side // length for length in step))


def _flat(pixels, magnitudes, side):
    """Returns the shares of flat surroundings: all, colored, of middle tones, both."""
    roughest = ops.max_pool(magnitudes, FLAT, STEP, padding="same")
    flat = ops.clip(1.5 - roughest / 2.0, 0.0, 1.0)
    pixels = block_means(pixels, STEP)
    highest = ops.max(pixels, axis=-1, keepdims=True)
    lowest = ops.min(pixels, axis=-1, keepdims=True)
    colored = ops.clip((highest - lowest - 24.0) / 64.0, 0.0, 1.0)
    middle = ops.clip(ops.minimum(highest, 255.0 - lowest) / 64.0 - 1.0, 0.0, 1.0)
    shares = [flat, flat * colored, flat * middle, flat * colored * middle]
    return block_means(ops.concatenate(shares, axis=-1), side // STEP)


def _agreement(pixels, band, side):
    """Returns the correlations of pairs of planes' gradients, and their deficits."""
    if band > 1:
        pixels = block_means(pixels, band)
    energies, products = 0.0, 0.0
    for gradient in with_gradients(pixels, np.empty((0, 3)), np.eye(3), (2, 2))[1:]:
        energies += ops.square(gradient)
        products += gradient * _next_planes(gradient)
    length = side // band // 2
    energies, joint = (block_means(each, length) for each in (energies, products))
    scale = ops.sqrt(energies * _next_planes(energies) + 1.0)
    deficit = ops.sqrt(ops.relu(scale - joint) + 1e-2) / 16.0
    return ops.concatenate([joint / scale, deficit], axis=-1)


def _next_planes(planes):
    """Returns the planes in the order green, blue, red."""
    return ops.concatenate([planes[..., 1:], planes[..., :1]], axis=-1)
