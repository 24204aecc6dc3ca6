"""Distributions of the tones, colors and gradients of the pixels of a block.

A distribution is described by the shares of pixels above each of a list of steps. A
pixel within half a width of a step counts in part, so that every share is
differentiable.
"""

import numpy as np
from keras import ops

# Strides of the pixels that are counted: every second row and every fourth column.
ROWS, COLUMNS = 2, 4

LUMA = (0.299, 0.587, 0.114)
RED, GREEN, BLUE = np.eye(3)
# Linear combinations of the color planes whose tones or gradients are described.
OPPONENTS = np.array([LUMA, RED - GREEN, (RED + GREEN) / 2 - BLUE])
GRADIENT_PLANES = np.array([GREEN, RED - GREEN, BLUE - GREEN, LUMA])

# Steps of shares, each with the width over which a share rises from 0 to 1.
_LUMINANCE = ((4, 4), (12, 8), (24, 12), (40, 16), (64, 24), (88, 24), (112, 24))
_LUMINANCE += ((136, 24), (160, 24), (184, 24), (208, 16), (228, 12), (242, 8))
_LUMINANCE += ((252, 4),)
_ENDS = ((1, 1), (254, 1))
_OPPONENT = ((-96, 48), (-40, 24), (-16, 16), (-5, 6), (5, 6), (16, 16), (40, 24))
_OPPONENT += ((96, 48),)
_CHROMA = ((1, 1), (3, 2), (6, 4), (12, 8), (24, 12), (48, 24), (96, 48))
_CHROMA += ((160, 48), (220, 32))
_SATURATION = ((0.03, 0.04), (0.08, 0.08), (0.16, 0.1), (0.3, 0.2), (0.5, 0.2))
_SATURATION += ((0.7, 0.2), (0.9, 0.2))
_GRADIENT = ((0.5, 0.5), (1.5, 0.5), (2.5, 0.5), (4, 2), (8, 4), (16, 8), (32, 16))
_GRADIENT += ((64, 32),)

# Steps of luminance, both opponents, all three color planes, chroma and saturation;
# steps of gradients.
TONES = (_LUMINANCE, _OPPONENT, _OPPONENT, _ENDS, _ENDS, _ENDS, _CHROMA, _SATURATION)
GRADIENTS = (_GRADIENT,) * 3
# Shares of tones and of gradients, and the gradients of dark, middle and light tones.
COUNT = sum(map(len, TONES)) + sum(map(len, GRADIENTS)) + 3


def tones(pixels, side):
    """Returns the shares of each block, `(batch, rows, columns, COUNT)`.

    Args:
        pixels: float32 `(batch, height, width, 3)` in `[0, 255]`.
        side: Side of a block.
    """
    planes = np.concatenate([OPPONENTS, np.eye(3)])
    values, across, down = with_gradients(
        pixels, planes, GRADIENT_PLANES, (ROWS, COLUMNS)
    )
    colors = values[..., 3:]
    highest = ops.max(colors, axis=-1, keepdims=True)
    chroma = highest - ops.min(colors, axis=-1, keepdims=True)
    levels = ops.concatenate([values, chroma, chroma / (highest + 1.0)], axis=-1)
    shares = shares_above(ops.abs(across[..., :3]), GRADIENTS)
    shares += shares_above(ops.abs(down[..., :3]), GRADIENTS)
    parts = [
        shares_above(levels, TONES),
        shares / 2.0,
        _by_tone(values[..., :1], ops.abs(across[..., 3:]) + ops.abs(down[..., 3:])),
    ]
    size = side // ROWS, side // COLUMNS
    return block_means(ops.concatenate(parts, axis=-1), size)


def block_means(values, side):
    """Returns the means over blocks; blocks at the border may be smaller."""
    return ops.average_pool(values, side, side, padding="same")


def shares_above(values, steps):
    """Returns 1 above each step and 0 below it, rising linearly over its width.

    Args:
        values: `(batch, rows, columns, channels)`.
        steps: For each channel, pairs of a step and its width.

    Returns:
        `(batch, rows, columns, n)`, with the `n` steps of all channels.
    """
    rates = np.zeros((len(steps), sum(map(len, steps))), np.float32)
    offsets, column = [], 0
    for channel, pairs in enumerate(steps):
        for center, width in pairs:
            rates[channel, column] = 1.0 / width
            offsets.append(0.5 - center / width)
            column += 1
    offsets = ops.convert_to_tensor(np.array(offsets, np.float32))
    return ops.clip(ops.conv(values, rates[None, None]) + offsets, 0.0, 1.0)


def with_gradients(pixels, planes, gradient_planes, steps):
    """Returns linear combinations of the color planes, and their gradients.

    Gradients are differences to the next pixel; the last column and row are repeated.

    Args:
        pixels: `(batch, height, width, channels)`.
        planes: Weights of the combinations, `(values, channels)`.
        gradient_planes: Weights of the combinations whose gradients are returned,
            `(gradients, channels)`.
        steps: Strides of the rows and of the columns that are computed.

    Returns:
        `(batch, rows, columns, values)`, and twice `(batch, rows, columns, gradients)`:
        the differences to the next column and to the next row.
    """
    longer = ops.concatenate([pixels, pixels[:, -1:]], axis=1)
    longer = ops.concatenate([longer, longer[:, :, -1:]], axis=2)
    count, gradients = len(planes), len(gradient_planes)
    kernel = np.zeros((2, 2, planes.shape[1], count + 2 * gradients), np.float32)
    kernel[0, 0] = np.concatenate([planes, -gradient_planes, -gradient_planes]).T
    kernel[0, 1, :, count : count + gradients] = gradient_planes.T
    kernel[1, 0, :, count + gradients :] = gradient_planes.T
    results = ops.conv(longer, kernel, strides=steps, padding="valid")
    return (
        results[..., :count],
        results[..., count : count + gradients],
        results[..., count + gradients :],
    )


def _by_tone(luminance, magnitudes):
    """Returns the gradients of dark, middle and light pixels, `(..., 3)`."""
    dark = ops.clip((96.0 - luminance) / 64.0, 0.0, 1.0)
    light = ops.clip((luminance - 160.0) / 64.0, 0.0, 1.0)
    return ops.concatenate([dark, 1.0 - dark - light, light], axis=-1) * (
        magnitudes / 32.0
    )
