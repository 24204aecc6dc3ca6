"""Marks that look like lettering but spell nothing, in a bubble or on the image."""

import numpy as np

from tfiqa.synthetic.colors import Scheme
from tfiqa.synthetic.drawing import Canvas
from tfiqa.synthetic.drawing import Shape
from tfiqa.synthetic.drawing import blob
from tfiqa.synthetic.drawing import offsets
from tfiqa.synthetic.randomness import Stream

# Side of the grid of cells of a glyph; one more cell separates it from the next glyph.
_CELLS = 5


def draw(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Writes one to three blocks of lettering on the canvas."""
    side = min(canvas.size)
    for _ in range(1 + stream.integers(3, 1)[0]):
        x, y, scale, bubble, round_ = stream.uniform(5)
        cell = max(round(side * (0.003 + 0.009 * scale)), 1)
        text = _text(stream, 1 + stream.integers(4, 1)[0], 3 + stream.integers(7, 1)[0])
        text = np.repeat(np.repeat(text, cell, axis=0), cell, axis=1)
        x, y = x * canvas.size[1], y * canvas.size[0]
        half = text.shape[1] / 2, text.shape[0] / 2
        color = scheme.color(stream)
        if bubble < 0.7:
            shape = _frame(canvas, x, y, half, cell, rounded=round_ < 0.5)
            canvas.blend(shape.box, shape.inside(), 0.15 * color + 216.0)
            canvas.blend(shape.box, shape.edge(cell), scheme.ink)
            color = scheme.ink
        _stamp(canvas, text, round(x - half[0]), round(y - half[1]), color)


def _text(stream: Stream, lines: int, length: int) -> np.ndarray:
    """Returns lines of glyphs as float32 `(rows, columns)` of zeros and ones."""
    pitch = _CELLS + 1
    text = np.zeros((lines * (pitch + 1), length * pitch), np.float32)
    for line in range(lines):
        for position in range(length):
            glyph = _glyph(stream)
            top, left = line * (pitch + 1), position * pitch
            text[top : top + _CELLS, left : left + _CELLS] = glyph
    return text


def _glyph(stream: Stream) -> np.ndarray:
    """Returns a glyph of two to four bars of half or full length, `(5, 5)`."""
    glyph = np.zeros((_CELLS, _CELLS), np.float32)
    for position, is_row, begin, end in stream.integers(
        3, 2 + stream.integers(3, 1)[0], 4
    ):
        bar = slice(2 if begin == 2 else 0, 3 if end == 2 and begin < 2 else _CELLS)
        line = glyph if is_row else glyph.T
        line[2 * position, bar] = 1.0
    return glyph


def _frame(
    canvas: Canvas,
    x: float,
    y: float,
    half: tuple[float, float],
    cell: int,
    *,
    rounded: bool,
) -> Shape:
    """Returns a bubble, or a box with rounded corners, around the text."""
    if rounded:
        flat = np.array([[0.12, 0.0]])
        return blob(canvas.size, x, y, 1.1 * max(half) + 2 * cell, flat)
    reach = half[0] + 4 * cell, half[1] + 4 * cell
    box, dy, dx = offsets(canvas.size, x, y, *reach)
    out_x = np.maximum(np.abs(dx) - np.float32(half[0]), 0)
    out_y = np.maximum(np.abs(dy) - np.float32(half[1]), 0)
    distance = np.sqrt(out_x * out_x + out_y * out_y) - np.float32(3 * cell)
    return Shape(box, distance)


def _stamp(
    canvas: Canvas, text: np.ndarray, left: int, top: int, color: np.ndarray
) -> None:
    """Blends the part of the text that lies inside the canvas."""
    rows = slice(max(top, 0), min(max(top + text.shape[0], 0), canvas.size[0]))
    columns = slice(max(left, 0), min(max(left + text.shape[1], 0), canvas.size[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    part = text[rows.start - top : rows.stop - top]
    part = part[:, columns.start - left : columns.stop - left]
    canvas.blend((rows, columns), part, color)
