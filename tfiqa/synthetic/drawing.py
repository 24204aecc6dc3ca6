"""Shapes with soft edges, and a canvas to draw them on.

A `Shape` holds the signed distance from its edge, in pixels, negative inside, within a
box of the canvas. Arithmetic is float32 and uses only the four operations and roots,
which all machines round alike.
"""

import dataclasses
from typing import Any

import numpy as np

Box = tuple[slice, slice]


@dataclasses.dataclass(frozen=True)
class Shape:
    """A shape on a canvas: its box, and distances from its edge in that box."""

    box: Box
    distance: np.ndarray

    def inside(self) -> np.ndarray:
        """Returns how much of each pixel is covered, `[0, 1]`."""
        return np.clip(0.5 - self.distance, 0.0, 1.0)

    def edge(self, width: float) -> np.ndarray:
        """Returns how much of each pixel a line along the edge covers, `[0, 1]`."""
        half = np.float32(width / 2 + 0.5)
        return np.clip(half - np.abs(self.distance), 0.0, 1.0)


class Canvas:
    """An image being drawn, float32 `(3, rows, columns)` in `[0, 255]`."""

    def __init__(self, size: tuple[int, int]):
        self.size = size
        self.planes = np.full((3, *size), 255.0, np.float32)

    def blend(self, box: Box, cover: np.ndarray, color: np.ndarray) -> None:
        """Blends a color `(3,)` into the box, weighted by `cover`."""
        part = self.planes[(slice(None), *box)]
        part += cover * (color.astype(np.float32)[:, None, None] - part)

    def pixels(self) -> np.ndarray:
        """Returns uint8 `(rows, columns, 3)`."""
        rounded = np.clip(self.planes + np.float32(0.5), 0, 255).astype(np.uint8)
        return np.ascontiguousarray(rounded.transpose(1, 2, 0))


def offsets(
    size: tuple[int, int], x: float, y: float, reach_x: float, reach_y: float
) -> tuple[Box, np.ndarray, np.ndarray]:
    """Returns a box around a point, and offsets `(rows, 1)`, `(columns,)` from it."""
    rows = slice(*_clipped(y, reach_y, size[0]))
    columns = slice(*_clipped(x, reach_x, size[1]))
    dy = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] - np.float32(y)
    dx = np.arange(columns.start, columns.stop, dtype=np.float32) - np.float32(x)
    return (rows, columns), dy, dx


def blob(
    size: tuple[int, int], x: float, y: float, radius: float, waves: np.ndarray
) -> Shape:
    """Returns a smooth closed shape.

    Args:
        size: Rows and columns of the canvas.
        x: Column of the center.
        y: Row of the center.
        radius: Mean radius in pixels.
        waves: `(harmonics, 2)`, cosine and sine coefficients of the harmonics of the
            radius from the second on, as shares of the radius.
    """
    reach = radius * (1.0 + float(np.abs(waves).sum())) + 4.0
    box, dy, dx = offsets(size, x, y, reach, reach)
    distance = np.sqrt(dx * dx + dy * dy)
    inverse = 1 / np.maximum(distance, np.float32(1e-3))
    first_c, first_s = dx * inverse, dy * inverse
    cosine, sine = first_c, first_s
    edge = np.ones_like(distance)
    for wave in waves.astype(np.float32):
        cosine, sine = sum_of_angles(cosine, sine, first_c, first_s)
        edge += wave[0] * cosine + wave[1] * sine
    return Shape(box, distance - np.float32(radius) * edge)


def stroke(
    size: tuple[int, int],
    start: tuple[float, float],
    along: tuple[float, float],
    bend: float,
    width: float,
) -> Shape:
    """Returns a curved line that tapers to a point.

    Args:
        size: Rows and columns of the canvas.
        start: Start of the line, `(x, y)`.
        along: Vector from start to end, `(x, y)`.
        bend: Distance of the midpoint from the straight line, in pixels.
        width: Width at the start.
    """
    length = max(float(np.hypot(*along)), 1.0)
    reach_x = abs(along[0]) / 2 + abs(bend) + width + 2
    reach_y = abs(along[1]) / 2 + abs(bend) + width + 2
    midpoint = start[0] + along[0] / 2, start[1] + along[1] / 2
    box, dy, dx = offsets(size, *midpoint, reach_x, reach_y)
    x, y = np.float32(along[0] / length), np.float32(along[1] / length)
    position = (dx * x + dy * y) * np.float32(
        2 / length
    )  # -1 at the start, 1 at the end
    beyond = np.maximum(np.abs(position) - 1, 0) * np.float32(length / 2)
    across = dy * x - dx * y - np.float32(bend) * (1 - position * position)
    half = np.float32(width / 4) * np.maximum(1 - position, 0)
    return Shape(box, np.abs(across) + beyond - half)


def sum_of_angles(
    cosine: np.ndarray, sine: np.ndarray, by_cosine: Any, by_sine: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Returns cosine and sine of a sum of two angles, given both of each, float32."""
    return cosine * by_cosine - sine * by_sine, sine * by_cosine + cosine * by_sine


def _clipped(center: float, reach: float, size: int) -> tuple[int, int]:
    first = min(max(int(center - reach), 0), size)
    return first, min(max(int(center + reach) + 2, first), size)
