"""Dead leaves: overlapping shapes of random size, position and color.

Their edges, occlusions and spectra resemble those of natural images (Lee, Mumford and
Huang, "Occlusion Models for Natural Images", 2001), without any photograph.
"""

import math
import operator
from typing import Any

import numpy as np

from tfiqa.synthetic import leaves
from tfiqa.synthetic import occlusion
from tfiqa.synthetic.randomness import Stream

MIN_SIDE = 16

# Squares of smaller radii would underflow; a pixel is far larger.
_LEAST = 1e-100

# Purposes of the random streams of one image.
_GEOMETRY = 0
_COLORS = 1


def dead_leaves(
    index: int,
    size: int | tuple[int, int],
    *,
    seed: int = 0,
    shapes: str = "discs",
    radii: tuple[float, float] = (0.03, 1.0),
    radius_law: str = "inverse",
    palette: np.ndarray | None = None,
) -> np.ndarray:
    """Returns one image of an endless series, the same on every machine.

    Args:
        index: Index of the image.
        size: Side in pixels, or rows and columns; each at least 16.
        seed: Seed of the series.
        shapes: "discs", "squares", "oriented_squares", "rectangles", "triangles",
            "quadrilaterals", or "mixed" (each of the six is equally likely). All
            are inscribed in discs.
        radii: The smallest and the largest radius of the discs as shares of the
            shorter side. No disc is smaller than one pixel.
        radius_law: "inverse" draws radii of density `r**-3`; "nearest" draws and
            truncates them as published by Baradad et al. (2021).
        palette: uint8 `(..., 3)`, colors to draw from, such as a photograph. Default:
            all colors are equally likely.

    Returns:
        uint8 `(rows, columns, 3)`, RGB; every pixel belongs to a leaf.

    Raises:
        ValueError: If an argument is not as described; the message names it.
    """
    size = checked_size(size)
    visible = leaf_map(
        index, size, seed=seed, shapes=shapes, radii=radii, radius_law=radius_law
    )
    colors = _colors(Stream(seed, index, _COLORS), int(visible.max()) + 1, palette)
    return np.take(colors, visible, axis=0)


def leaf_map(
    index: int,
    size: tuple[int, int],
    *,
    seed: int,
    shapes: str,
    radii: tuple[float, float],
    radius_law: str,
) -> np.ndarray:
    """Returns the visible leaf of each pixel, int32 `(rows, columns)`.

    Leaves are numbered from zero by their distance from the viewer. See `dead_leaves`
    for the arguments.
    """
    _check_choice("shapes", shapes, leaves.SHAPES)
    _check_choice("radius_law", radius_law, leaves.RADIUS_LAWS)
    radii = _checked_radii(radii)
    blocks = leaves.blocks(
        Stream(seed, index, _GEOMETRY),
        size,
        shapes=shapes,
        radii=radii,
        radius_law=radius_law,
    )
    return occlusion.visible_leaves(size, blocks)


def checked_size(size: Any) -> tuple[int, int]:
    """Returns the rows and columns of an image, given its side or both.

    Raises:
        ValueError: If `size` is neither, or a side is below `MIN_SIDE`.
    """
    sides = tuple(size) if isinstance(size, tuple | list) else (size, size)
    try:
        height, width = map(operator.index, sides)
    except (TypeError, ValueError):
        height, width = 0, 0
    if min(height, width) < MIN_SIDE:
        raise ValueError(
            f"A side of at least {MIN_SIDE} pixels, or rows and columns, is expected."
            f" Received: size={size}"
        )
    return height, width


def _colors(stream: Stream, count: int, palette: np.ndarray | None) -> np.ndarray:
    """Returns a color for each leaf, uint8 `(count, 3)`."""
    if palette is None:
        return stream.integers(256, count, 3).astype(np.uint8)
    palette = np.asarray(palette)
    if palette.dtype != np.uint8 or palette.shape[-1:] != (3,) or not palette.size:
        raise ValueError(
            "Colors, uint8 of shape (..., 3), are expected."
            f" Received: palette of {palette.dtype} and shape {palette.shape}"
        )
    flat = palette.reshape(-1, 3)
    return flat[stream.integers(len(flat), count)]


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(
            f"One of {', '.join(choices)} is expected. Received: {name}={value!r}"
        )


def _checked_radii(radii: Any) -> tuple[float, float]:
    """Returns both radii; raises `ValueError` unless they are numbers in order."""
    try:
        least, most = map(float, radii)
    except (TypeError, ValueError):
        least, most = math.nan, math.nan
    if not _LEAST <= least < most < math.inf:
        raise ValueError(
            f"Radii with 0 < r_min < r_max, from {_LEAST} on, are expected."
            f" Received: radii={radii!r}"
        )
    return least, most
