"""Gray levels, their half scale and their local normalization, in NumPy.

The same computation as in `tfiqa.layers`, in double precision.
"""

import functools

import numpy as np

from tfiqa.pixels import luma
from tfiqa.scoring.runtimes.correlation import correlate
from tfiqa.scoring.runtimes.scratch import Scratch

REACH = 3  # Of the window of the normalization, to either side.
HALVING = tuple(tap / 256 for tap in (-3, -9, 29, 111, 111, 29, -9, -3))
RESIDUE = 1e-9  # See `layers.mscn`.
FEW = 32  # Rows of pixels that become gray together.


def gray_levels(image: np.ndarray, rows: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns rounded gray levels of some rows of an image; see `luma.MATLAB`.

    Args:
        image: uint8 `(height, width, 3)`, RGB.
        rows: Numbers of the rows, `(n,)`.
        scratch: Holds the result until it is used again.
    """
    gray = scratch.array("gray", (len(rows), image.shape[1]))
    for first in range(0, len(rows), FEW):
        some = slice(first, first + FEW)
        pixels = image[rows[some]]
        levels = scratch.array("levels", pixels.shape)
        levels[...] = pixels
        np.matmul(levels, np.array(luma.MATLAB), out=gray[some])
    gray += 0.5
    return np.floor(gray, out=gray)


def halved(gray: np.ndarray, scratch: Scratch) -> np.ndarray:
    """Returns a strip at half its size, without the rows that the filter lacks.

    Columns are mirrored about the border, which is repeated.

    Args:
        gray: `(2 * n + 6, width)`, `width` at least 4.
        scratch: Holds the result until it is used again.

    Returns:
        `(n, (width + 1) // 2)`.
    """
    height, width = gray.shape
    count, beyond = (height - len(HALVING)) // 2 + 1, 3 + width % 2
    wide = scratch.array("wide", (1, count, 3 + width + beyond))
    correlate(gray[None], HALVING, wide[:, :, 3:-beyond], axis=1, step=2)
    wide[:, :, :3] = wide[:, :, 5:2:-1]
    wide[:, :, -beyond:] = wide[:, :, -beyond - 1 : -2 * beyond - 1 : -1]
    half = scratch.array("half", (1, count, (width + 1) // 2))
    correlate(wide, HALVING, half, axis=2, step=2)
    return half[0]


def normalized(
    plane: np.ndarray,
    rows: np.ndarray,
    *,
    exact_zeros: bool,
    scratch: Scratch,
    blank: np.ndarray | None = None,
) -> np.ndarray:
    """Returns normalized luminance; see `layers.mscn`.

    Args:
        plane: `(height, width)`.
        rows: Rows of `plane` to use, `n + 6` for `n` rows of the result.
        exact_zeros: Whether values that can only be rounding errors become 0.
        scratch: Holds the result until it is used again.
        blank: Mask of `rows`, of those outside the image, which count as 0, as do
            pixels beyond its columns. By default, its border continues.
    """
    count, width = len(rows) - 2 * REACH, plane.shape[1]
    both = scratch.array("both", (2, count + 2 * REACH, width))
    plane.take(rows, axis=0, out=both[0], mode="clip")
    if blank is not None:
        both[0, blank] = 0.0
    np.multiply(both[0], both[0], out=both[1])
    wide = scratch.array("wide", (2, count, width + 2 * REACH))
    correlate(both, gaussian(), wide[:, :, 3:-3], axis=1)
    if blank is None:
        wide[:, :, :3], wide[:, :, -3:] = wide[:, :, 3:4], wide[:, :, -4:-3]
    else:
        wide[:, :, :3] = wide[:, :, -3:] = 0.0
    mean, deviation = means = scratch.array("means", (2, count, width))
    correlate(wide, gaussian(), means, axis=2)
    values, magnitudes = both[:, 3:-3]
    values -= mean
    if exact_zeros:
        np.abs(values, out=magnitudes)
        if magnitudes.min() < RESIDUE:
            values[magnitudes < RESIDUE] = 0.0
    mean *= mean
    deviation -= mean
    np.sqrt(np.abs(deviation, out=deviation), out=deviation)
    deviation += 1.0
    values /= deviation
    return values


@functools.cache
def gaussian() -> tuple[float, ...]:
    """Returns the taps of the window."""
    offsets = np.arange(-REACH, REACH + 1)
    samples = np.exp(-(offsets**2) / (2 * (7 / 6) ** 2))
    return tuple((samples / samples.sum()).tolist())
