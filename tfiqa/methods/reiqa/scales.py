"""The image and its half scale, region by region.

A region of the half scale is computed from a region of the image, and equals that
region of the complete half-scale image. All arrays are NumPy's.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
from PIL import Image

from tfiqa.distortions.regions import Box

# Support of Pillow's filter, in pixels of the image; even, as regions begin at even
# ones.
_MARGIN = 4

_TAPS = np.arange(-1, 3)
_SHARPNESS = -0.75  # The parameter of the cubic; Pillow's is -1/2.


@dataclasses.dataclass(frozen=True)
class Scale:
    """A scale of an image.

    Attributes:
        sides: Function from height and width of an image to those at this scale.
        source: Function from a region at this scale, and height and width of the image,
            to the region of the image that it depends on.
        part: Function from a region at this scale, its source, the pixels of the
            source, and height and width of the image, to the pixels of the region.
    """

    sides: Callable[[int, int], tuple[int, int]]
    source: Callable[[Box, int, int], Box]
    part: Callable[[Box, Box, np.ndarray, int, int], np.ndarray]


def _half_sides(height: int, width: int) -> tuple[int, int]:
    return height // 2, width // 2


def _pillow_source(box: Box, height: int, width: int) -> Box:
    doubled = Box(2 * box.top, 2 * box.left, 2 * box.height, 2 * box.width)
    return doubled.grown(_MARGIN, 2, height // 2 * 2, width // 2 * 2)


def _pillow_part(
    box: Box, source: Box, pixels: np.ndarray, height: int, width: int
) -> np.ndarray:
    del height, width  # The filter is the same everywhere.
    small = Image.fromarray(pixels).resize(
        (source.width // 2, source.height // 2), Image.Resampling.BICUBIC
    )
    corner = Box(source.top // 2, source.left // 2, 0, 0)
    return box.within(corner).of(np.asarray(small))


def _released_source(box: Box, height: int, width: int) -> Box:
    (top, bottom), (left, right) = (
        (int(indices.min()), int(indices.max()) + 1)
        for indices, _ in _taps_of(box, height, width)
    )
    return Box(top, left, bottom - top, right - left)


def _released_part(
    box: Box, source: Box, pixels: np.ndarray, height: int, width: int
) -> np.ndarray:
    (rows, row_weights), (columns, column_weights) = _taps_of(box, height, width)
    narrow = pixels[:, columns - source.left] * column_weights[:, :, None]
    narrow = narrow.sum(axis=2, dtype=np.float32)
    low = narrow[rows - source.top] * row_weights[:, :, None, None]
    return low.sum(axis=1, dtype=np.float32)


def _taps_of(box: Box, height: int, width: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns four indices and weights for each row and each column of a region."""
    return [
        _taps(np.arange(first, last), length)
        for first, last, length in (
            (box.top, box.bottom, height),
            (box.left, box.right, width),
        )
    ]


def _taps(indices: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns indices `(n, 4)` and float32 weights for samples of a halved line."""
    points = indices * ((length - 1) / max(length // 2 - 1, 1))
    indices_of_taps = np.floor(points).astype(np.int64)[:, None] + _TAPS
    distance = np.abs(points[:, None] - indices_of_taps)
    a = _SHARPNESS
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    weights = np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
    return np.clip(indices_of_taps, 0, length - 1), weights.astype(np.float32)


FULL = Scale(
    sides=lambda height, width: (height, width),
    source=lambda box, height, width: box,
    part=lambda box, source, pixels, height, width: box.within(source).of(pixels),
)

# `"pillow"`: the same half scale as for features later, except for the last row or
# column of odd sides. `"released"`: four samples around positions that reach from
# corner to corner, without antialiasing, neither rounded nor clipped.
HALVES = {
    "pillow": Scale(_half_sides, _pillow_source, _pillow_part),
    "released": Scale(_half_sides, _released_source, _released_part),
}
