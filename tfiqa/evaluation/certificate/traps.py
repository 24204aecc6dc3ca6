"""Images that mislead measures of quality, drawn here without any photograph."""

from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL import ImageDraw
from scipy import ndimage

from tfiqa import synthetic

Size = tuple[int, int]

# Indices of generated images start here, so that no scene is a part of a trap.
_FIRST = 1_000_000

_LINES = (
    "Quality is what people see in an image.",
    "A page of text is sharp, has two colors,",
    "and no texture at all. It is not damaged.",
)


def gray(size: Size, seed: int) -> np.ndarray:
    """Returns a uniform gray."""
    del seed
    return np.full((*size, 3), 128, np.uint8)


def black(size: Size, seed: int) -> np.ndarray:
    """Returns a uniform black."""
    del seed
    return np.zeros((*size, 3), np.uint8)


def white(size: Size, seed: int) -> np.ndarray:
    """Returns a uniform white."""
    del seed
    return np.full((*size, 3), 255, np.uint8)


def noise(size: Size, seed: int) -> np.ndarray:
    """Returns uniform noise, independent in each pixel and channel."""
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def checkerboard(size: Size, seed: int) -> np.ndarray:
    """Returns black and white squares of 8 pixels."""
    del seed
    rows, columns = np.indices(size) // 8
    plane = ((rows + columns) % 2 * 255).astype(np.uint8)
    return np.repeat(plane[..., None], 3, axis=2)


def bokeh(size: Size, seed: int) -> np.ndarray:
    """Returns a sharp subject before a background that is out of focus."""
    background = synthetic.dead_leaves(_FIRST + seed, size).astype(np.float32)
    background = ndimage.gaussian_filter(background, (9, 9, 0))
    subject = synthetic.textured_leaves(_FIRST + seed, size).astype(np.float32)
    rows, columns = (np.linspace(-1, 1, side) for side in size)
    distance = np.hypot(rows[:, None] / 0.6, columns[None, :] / 0.45)
    cover = np.clip((1 - distance) * min(size) / 4, 0, 1)[..., None]
    return _levels(cover * subject + (1 - cover) * background)


def text(size: Size, seed: int) -> np.ndarray:
    """Returns black lines of text on white."""
    del seed
    page = Image.new("L", (size[1], size[0]), 250)
    draw = ImageDraw.Draw(page)
    for number, top in enumerate(range(12, size[0] - 12, 16)):
        draw.text((14, top), _LINES[number % len(_LINES)], fill=20)
    return np.repeat(np.asarray(page)[..., None], 3, axis=2)


def night(size: Size, seed: int) -> np.ndarray:
    """Returns a dark scene with a few lamps, and the faint noise of a good camera."""
    rng = np.random.default_rng(seed)
    scene = 0.12 * synthetic.textured_leaves(2 * _FIRST + seed, size).astype(np.float32)
    rows, columns = np.indices(size)
    for _ in range(5):
        top, left = rng.uniform(0.1, 0.9, 2) * size
        squares = ((rows - top) ** 2 + (columns - left) ** 2) * (240 / min(size)) ** 2
        glow = 300 * np.exp(-squares / 40) + 60 * np.exp(-squares / 900)
        scene += glow[..., None] * np.array([1.0, 0.85, 0.6], np.float32)
    return _levels(scene + rng.normal(0, 1.0, scene.shape))


# Images without structure; a scorer should give them no score.
UNIFORM: dict[str, Callable[[Size, int], np.ndarray]] = {
    "gray": gray,
    "black": black,
    "white": white,
}
# Images that nobody prefers to a clean scene.
WORSE: dict[str, Callable[[Size, int], np.ndarray]] = {
    "noise": noise,
    "checkerboard": checkerboard,
}
# Good images with little detail, which a severely distorted one should not beat.
BETTER: dict[str, Callable[[Size, int], np.ndarray]] = {
    "bokeh": bokeh,
    "text": text,
    "night": night,
}


def _levels(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
