"""Random leaves: their positions, sizes and shapes.

A leaf is the part of a disc on one side of up to four chords. This covers discs and all
polygons inscribed in them: a polygon is the list of the angles of its corners on the
circle.

Shapes and the published draw of radii follow Baradad et al., "Learning to See by
Looking at Noise", NeurIPS 2021 (dead leaves). Radii with a density of `r**-3` make
images that look alike at all scales, as natural ones do (Lee, Mumford and Huang,
"Occlusion Models for Natural Images", 2001).
"""

import dataclasses
import math
from collections.abc import Iterator

import numpy as np

from tfiqa.synthetic.randomness import Stream

POLYGONS = ("squares", "oriented_squares", "rectangles", "triangles", "quadrilaterals")
SHAPES = ("discs", *POLYGONS, "mixed")
RADIUS_LAWS = ("inverse", "nearest")

# Leaves drawn at a time: few while each covers many pixels, then more and more when
# only few uncovered pixels remain.
_FIRST_BLOCK = 64
_LARGEST_BLOCK = 1024

# Baradad et al. draw from a grid of 200 radii.
_NEAREST_RADII = 200


@dataclasses.dataclass(frozen=True)
class Leaves:
    """A block of leaves, the nearest to the viewer first; lengths in pixels.

    Attributes:
        x: `(n,)`, centers; pixel `(row, column)` is the point `(column, row)`.
        y: `(n,)`.
        radius: `(n,)`, radius of the disc around the leaf.
        polygon: bool `(n,)`, whether the chords cut the disc.
        normal_x: `(n, 4)`, unit normals of the chords, pointing outwards.
        normal_y: `(n, 4)`.
        offset: `(n, 4)`, signed distances of the chords from the center.
    """

    x: np.ndarray
    y: np.ndarray
    radius: np.ndarray
    polygon: np.ndarray
    normal_x: np.ndarray
    normal_y: np.ndarray
    offset: np.ndarray


def blocks(
    stream: Stream,
    size: tuple[int, int],
    *,
    shapes: str,
    radii: tuple[float, float],
    radius_law: str,
) -> Iterator[Leaves]:
    """Yields leaves without end for an image of `size` rows and columns.

    `radii` are the smallest and the largest radius as shares of the shorter side.
    Centers are uniform over the image.
    """
    height, width = size
    side = min(size)
    law = draw_radii if radius_law == "inverse" else draw_nearest_radii
    count = _FIRST_BLOCK
    while True:
        draws = stream.uniform(count, 3)
        radius = law(draws[:, 2], radii) * side
        if radius_law == "nearest":
            radius = np.trunc(radius)
        radius = np.maximum(radius, 1.0)
        polygon, angles = _corners(stream, shapes, count)
        middle, gap = _chords(angles)
        yield Leaves(
            x=draws[:, 0] * width - 0.5,
            y=draws[:, 1] * height - 0.5,
            radius=radius,
            polygon=polygon,
            normal_x=np.cos(middle),
            normal_y=np.sin(middle),
            offset=radius[:, None] * np.cos(gap / 2),
        )
        count = min(count * 3 // 2, _LARGEST_BLOCK)


def draw_radii(numbers: np.ndarray, radii: tuple[float, float]) -> np.ndarray:
    """Returns radii of density `r**-3` within `radii`, by the inverse of the CDF.

    Args:
        numbers: Uniform in `[0, 1)`, any shape.
        radii: The smallest and the largest radius.
    """
    least, most = radii
    return 1.0 / np.sqrt(least**-2 - numbers * (least**-2 - most**-2))


def draw_nearest_radii(numbers: np.ndarray, radii: tuple[float, float]) -> np.ndarray:
    """Returns radii as published: the one whose CDF is nearest to the number.

    The radii form a linear grid of 200, with weights `r**-3 - r_max**-3`. The CDF of a
    radius is the sum of the weights up to and including it. Taking the nearest instead
    of the next radius makes the smallest one too frequent.
    """
    least, most = radii
    grid = np.linspace(least, most, _NEAREST_RADII)
    cdf = np.cumsum(grid**-3 - most**-3)
    borders = (cdf[1:] + cdf[:-1]) / (2 * cdf[-1])
    return grid[np.searchsorted(borders, numbers)]


def _corners(stream: Stream, shapes: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns which of `count` leaves are polygons, and the corners' angles `(n, 4)`.

    Angles ascend within a full turn. Triangles name one corner twice.
    """
    if shapes == "discs":
        return np.zeros(count, bool), np.zeros((count, 4))
    if shapes == "mixed":
        # Baradad et al.: discs and all kinds of polygons are equally likely.
        kinds = stream.integers(len(POLYGONS) + 1, count)
    else:
        kinds = np.full(count, POLYGONS.index(shapes))
    turn = 2 * math.pi * stream.uniform(count, 4)
    square = np.broadcast_to(np.arange(0.25, 2.0, 0.5) * math.pi, turn.shape)
    tilt = turn[:, :1] / 4
    rectangle = np.hstack([tilt, math.pi - tilt, math.pi + tilt, -tilt])
    rectangle[:, 3] += 2 * math.pi
    triangle = np.sort(turn[:, [0, 1, 2, 2]], axis=1)
    oriented = square + turn[:, :1]
    every = [square, oriented, rectangle, triangle, np.sort(turn, axis=1), square]
    return kinds < len(POLYGONS), np.stack(every)[kinds, np.arange(count)]


def _chords(angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the directions of the chords between corners, and the angles spanned."""
    following = np.roll(angles, -1, axis=1)
    following[:, -1] += 2 * math.pi
    return (angles + following) / 2, following - angles
