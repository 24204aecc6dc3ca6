"""Backgrounds of drawn images: a sky of two tones, and a pattern in front of it."""

import numpy as np

from tfiqa.synthetic.colors import Scheme
from tfiqa.synthetic.drawing import Canvas
from tfiqa.synthetic.drawing import blob
from tfiqa.synthetic.drawing import offsets
from tfiqa.synthetic.drawing import sum_of_angles
from tfiqa.synthetic.randomness import Stream


def draw(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints the entire canvas with a gradient and one of five patterns."""
    _sky(canvas, stream, scheme)
    patterns = (_hills, _rays, _dots, _lights, _bands)
    patterns[stream.integers(len(patterns), 1)[0]](canvas, stream, scheme)


def _sky(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    height, width = canvas.size
    slant = np.float32(stream.uniform(1)[0] - 0.5)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    share = np.clip(down + slant * np.linspace(-1, 1, width, dtype=np.float32), 0, 1)
    top, bottom = scheme.color(stream), scheme.color(stream)
    box = slice(0, height), slice(0, width)
    canvas.planes[:] = top.astype(np.float32)[:, None, None]
    canvas.blend(box, share, bottom)


def _hills(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints ridges; nearer ones are lower and darker."""
    height, width = canvas.size
    across = np.linspace(0, 1, width)
    box = slice(0, height), slice(0, width)
    rows = np.arange(height, dtype=np.float32)[:, None]
    for k in range(2 + stream.integers(3, 1)[0]):
        phases = 2 * np.pi * stream.uniform(4)
        waves = np.arange(1, 5)[:, None]
        ridge = np.sin(2 * np.pi * waves * across + phases[:, None]) / waves
        level = height * (0.35 + 0.15 * k + 0.05 * ridge.sum(axis=0))
        cover = np.clip(rows - level.astype(np.float32) + 0.5, 0, 1)
        canvas.blend(box, cover, scheme.color(stream) * (0.9 - 0.12 * k))


def _rays(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints rays from a point, like the burst behind a sudden event in a comic."""
    height, width = canvas.size
    x, y, turn = stream.uniform(3)
    count = 8 + stream.integers(16, 1)[0]
    box, dy, dx = offsets(canvas.size, x * width, y * height, 2.0 * width, 2.0 * height)
    radius = np.sqrt(dx * dx + dy * dy)
    inverse = 1 / np.maximum(radius, np.float32(1e-3))
    cosine, sine = _multiple(dx * inverse, dy * inverse, count)
    turn = 2 * np.pi * turn
    wave, _ = sum_of_angles(
        cosine, sine, np.float32(np.cos(turn)), np.float32(np.sin(turn))
    )
    # Near an edge, where the cosine changes sign, this is the distance from it.
    edge = wave * radius * np.float32(1 / count)
    canvas.blend(box, np.clip(edge + 0.5, 0, 1), scheme.color(stream))


def _multiple(
    cosine: np.ndarray, sine: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns cosine and sine of `count` times an angle.

    Uses products alone: machines round an arctangent differently.
    """
    if count == 1:
        return cosine, sine
    half = _multiple(cosine, sine, count // 2)
    even = sum_of_angles(*half, *half)
    return sum_of_angles(*even, cosine, sine) if count % 2 else even


def _dots(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints a halftone screen of dots that grow from top to bottom."""
    height, width = canvas.size
    spacing, turn = stream.uniform(2)
    pitch = max(min(canvas.size) * (0.02 + 0.04 * spacing), 4.0)
    box, dy, dx = offsets(canvas.size, 0, 0, 2.0 * width, 2.0 * height)
    cosine, sine = np.cos(turn) / pitch, np.sin(turn) / pitch
    u = dx * np.float32(cosine) + dy * np.float32(sine)
    v = dy * np.float32(cosine) - dx * np.float32(sine)
    u -= np.floor(u) + np.float32(0.5)
    v -= np.floor(v) + np.float32(0.5)
    distance = np.sqrt(u * u + v * v) * np.float32(pitch)
    radius = dy * np.float32(0.5 * pitch / height)
    canvas.blend(box, np.clip(radius - distance + 0.5, 0, 1), scheme.color(stream))


def _lights(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints pale discs, like lights out of focus."""
    side = min(canvas.size)
    flat = np.zeros((0, 2))
    for x, y, r, alpha in stream.uniform(6 + stream.integers(12, 1)[0], 4):
        radius = side * (0.02 + 0.1 * r * r)
        shape = blob(canvas.size, x * canvas.size[1], y * canvas.size[0], radius, flat)
        cover = shape.inside() * np.float32(0.2 + 0.5 * alpha)
        canvas.blend(shape.box, cover, 0.5 * scheme.color(stream) + 127.0)


def _bands(canvas: Canvas, stream: Stream, scheme: Scheme) -> None:
    """Paints stripes of equal width at any angle."""
    height, width = canvas.size
    spacing, turn = stream.uniform(2)
    pitch = min(canvas.size) * (0.06 + 0.2 * spacing)
    box, dy, dx = offsets(canvas.size, 0, 0, 2.0 * width, 2.0 * height)
    angle = 2 * np.pi * turn
    phase = dx * np.float32(np.cos(angle) / pitch)
    phase = phase + dy * np.float32(np.sin(angle) / pitch)
    wave = np.abs(phase - np.floor(phase) - np.float32(0.5)) - np.float32(0.25)
    cover = np.clip(wave * np.float32(pitch) + 0.5, 0, 1)
    canvas.blend(box, cover, scheme.color(stream))
