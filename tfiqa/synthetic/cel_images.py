"""Images in a drawn style: flat colors, hard shadows, ink lines, hair, lettering.

They replace drawn images where none may be used: regions of one color with outlines and
two tones in front of a painted background, as on the celluloid sheets of animation.
Each element has its own random streams: switching one off leaves the others unchanged.
"""

from collections.abc import Collection
from collections.abc import Iterator

import numpy as np

from tfiqa.synthetic import backdrops
from tfiqa.synthetic import lettering
from tfiqa.synthetic.colors import Scheme
from tfiqa.synthetic.dead_leaves_model import checked_size
from tfiqa.synthetic.drawing import Canvas
from tfiqa.synthetic.drawing import Shape
from tfiqa.synthetic.drawing import blob
from tfiqa.synthetic.drawing import stroke
from tfiqa.synthetic.randomness import Stream

ELEMENTS = ("background", "regions", "shading", "outlines", "strokes", "marks")

# Purposes of the random streams of an image; those of the elements follow.
_SCHEME = 10
_FIGURES = 11
_ELEMENT = 12

# Probabilities of outlines, strokes and marks.
_OUTLINED = 0.9
_STROKED = 0.85
_MARKED = 0.75


def cel(
    index: int,
    size: int | tuple[int, int],
    *,
    seed: int = 0,
    elements: Collection[str] = ELEMENTS,
) -> np.ndarray:
    """Returns one image of an endless series, the same on every machine.

    Args:
        index: Index of the image.
        size: Side in pixels, or rows and columns; each at least 16.
        seed: Seed of the series.
        elements: Elements that may be drawn: "background", "regions", "shading",
            "outlines", "strokes", "marks". Not every image has all of them.

    Returns:
        uint8 `(rows, columns, 3)`, RGB.

    Raises:
        ValueError: If an argument is not as described; the message names it.
    """
    size = checked_size(size)
    _check_elements(elements)
    streams = {
        name: Stream(seed, index, _ELEMENT + k) for k, name in enumerate(ELEMENTS)
    }
    scheme = Scheme(Stream(seed, index, _SCHEME))
    canvas = Canvas(size)
    if "background" in elements:
        backdrops.draw(canvas, streams["background"], scheme)
    outlined = streams["outlines"].uniform(1)[0] < _OUTLINED
    for shape, radius in _figures(Stream(seed, index, _FIGURES), size):
        color = scheme.color(streams["regions"])
        if "regions" in elements:
            canvas.blend(shape.box, shape.inside(), color)
        if "shading" in elements and "regions" in elements:
            _shade(canvas, streams["shading"], shape, radius, color)
        if "outlines" in elements and outlined:
            _outline(canvas, streams["outlines"], shape, scheme)
    if "strokes" in elements and streams["strokes"].uniform(1)[0] < _STROKED:
        _hair(canvas, streams["strokes"], scheme)
    if "marks" in elements and streams["marks"].uniform(1)[0] < _MARKED:
        lettering.draw(canvas, streams["marks"], scheme)
    return canvas.pixels()


def _check_elements(elements: Collection[str]) -> None:
    known = isinstance(elements, Collection) and not isinstance(elements, str)
    if not known or any(element not in ELEMENTS for element in elements):
        raise ValueError(
            f"Elements of {', '.join(ELEMENTS)} are expected."
            f" Received: elements={elements!r}"
        )


def _figures(stream: Stream, size: tuple[int, int]) -> Iterator[tuple[Shape, float]]:
    """Yields shapes and radii: bodies, each followed by parts and a mirrored pair."""
    side = min(size)
    for _ in range(2 + stream.integers(3, 1)[0]):
        x, y, scale, turn = stream.uniform(4)
        x, y = x * size[1], (0.2 + 0.8 * y) * size[0]
        radius = side * (0.1 + 0.2 * scale)
        yield blob(size, x, y, radius, _waves(stream, 0.16)), radius
        for _ in range(1 + stream.integers(3, 1)[0]):
            angle, share, reach = stream.uniform(3)
            angle = 2 * np.pi * angle
            part = radius * (0.25 + 0.4 * share)
            far = radius * (0.3 + 0.8 * reach)
            center = x + far * np.cos(angle), y + far * np.sin(angle)
            yield blob(size, *center, part, _waves(stream, 0.2)), part
        apart, down, share = stream.uniform(3)
        pair = max(radius * (0.06 + 0.14 * share), 1.5)
        waves = _waves(stream, 0.1)
        tilt = 0.6 * (turn - 0.5)
        for sign in (-1, 1):
            far = sign * radius * (0.2 + 0.25 * apart)
            high = radius * (0.3 * down - 0.2) + far * tilt
            yield blob(size, x + far, y + high, pair, waves * [1, sign]), pair


def _waves(stream: Stream, strength: float) -> np.ndarray:
    """Returns harmonics 2 to 4 of an outline, of decreasing strength."""
    return (stream.uniform(3, 2) - 0.5) * strength * [[2.0], [1.0], [0.6]]


def _shade(
    canvas: Canvas, stream: Stream, shape: Shape, radius: float, color: np.ndarray
) -> None:
    """Adds a second, darker tone away from the light, and a highlight."""
    side, depth, shine, tone = stream.uniform(4)
    rows, columns = shape.box
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if not height or not width:
        return
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    right = np.linspace(-1, 1, width, dtype=np.float32)
    light = np.float32(1.4 * (side - 0.5))
    bulge = np.float32(0.5) * (right * right + down * down)
    border = down + light * right + bulge - np.float32(0.2 + 0.4 * depth)
    dark = np.clip(border * np.float32(radius) + 0.5, 0, 1)
    canvas.blend(shape.box, shape.inside() * dark, color * (0.55 + 0.25 * tone))
    if shine < 0.5:
        spot = (down + 0.5) ** 2 * 6 + (right + light * 0.6) ** 2 * 3
        bright = np.clip((np.float32(0.12) - spot) * np.float32(radius) + 0.5, 0, 1)
        canvas.blend(shape.box, shape.inside() * bright, color * 0.3 + 178.0)


def _outline(canvas: Canvas, stream: Stream, shape: Shape, scheme: Scheme) -> None:
    width = min(canvas.size) * (0.004 + 0.006 * stream.uniform(1)[0])
    canvas.blend(shape.box, shape.edge(max(width, 0.8)), scheme.ink)


def _hair(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Draws bunches of curved, tapering lines that start close to one another."""
    side = min(canvas.size)
    for _ in range(2 + stream.integers(3, 1)[0]):
        x, y, direction, reach, fan, bend = stream.uniform(6)
        colors = scheme.ink, scheme.color(stream)
        for draws in stream.uniform(8 + stream.integers(14, 1)[0], 5):
            angle = 2 * np.pi * direction + (0.3 + fan) * (draws[0] - 0.5)
            length = side * (0.1 + 0.35 * reach) * (0.6 + 0.4 * draws[1])
            start = (
                x * canvas.size[1] + side * 0.12 * (draws[2] - 0.5),
                y * canvas.size[0] + side * 0.12 * (draws[3] - 0.5),
            )
            shape = stroke(
                canvas.size,
                start,
                (length * np.cos(angle), length * np.sin(angle)),
                0.3 * length * (bend - 0.5),
                max(side * (0.006 + 0.012 * draws[4]), 1.0),
            )
            canvas.blend(shape.box, shape.inside(), colors[int(draws[4] < 0.5)])
