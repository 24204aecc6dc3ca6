"""Views of an image: full and half scale, random crops, color spaces, mirroring.

Madhusudana et al., "Image Quality Assessment Using Contrastive Learning", TIP 2022,
section 3.2. All randomness comes from one generator.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from tfiqa.data import color_views
from tfiqa.distortions.scaled_crops import BLACK

COLORS = {
    "gray": color_views.gray,
    "lab": color_views.lab,
    "hsv": color_views.hsv,
    "local_mean": color_views.local_mean,
    "rgb": color_views.rgb,
}


@dataclasses.dataclass(frozen=True)
class View:
    """What a view shows of an image.

    Attributes:
        factor: 1 for full scale, 2 for half.
        corner: First row and column at that scale; `None` for the padded center.
        color: A key of `COLORS`.
        mirrored: Whether it is mirrored.
        size: Side of the view.
    """

    factor: int
    corner: tuple[int, int] | None
    color: str
    mirrored: bool
    size: int

    def crop(self, image: np.ndarray) -> np.ndarray:
        """Returns the pixels of the view, neither converted nor mirrored."""
        if self.corner is None:
            return padded_middle(
                image if self.factor == 1 else half_scale(image), size=self.size
            )
        top, left = self.corner
        if self.factor == 1:
            return image[top : top + self.size, left : left + self.size]
        return half_scale_crop(image, top, left, size=self.size)

    def of(self, image: np.ndarray, *, lab: str = "proper") -> np.ndarray:
        """Returns the view of an image, uint8 `(size, size, 3)`."""
        return self.turned(recolored(self.crop(image), self.color, lab=lab))

    def turned(self, crop: np.ndarray) -> np.ndarray:
        """Returns a crop, mirrored if the view is."""
        return crop[:, ::-1] if self.mirrored else crop

    def lines(self, height: int, width: int) -> np.ndarray:
        """Returns the rows and columns of the scaled image, int32 `(2, size)`.

        Rows and columns of black are `BLACK`.
        """
        lines = np.full((2, self.size), BLACK, np.int32)
        sides = (height // self.factor, width // self.factor)
        for axis, (line, side) in enumerate(zip(lines, sides, strict=True)):
            if self.corner is None:
                first, start, length = _alignment(side, self.size)
            else:
                first, start, length = self.corner[axis], 0, self.size
            line[start : start + length] = np.arange(first, first + length)
        return np.stack([lines[0], lines[1, ::-1] if self.mirrored else lines[1]])


def draw_views(
    height: int,
    width: int,
    rng: np.random.Generator,
    *,
    size: int = 256,
    colors: Sequence[str] = tuple(COLORS),
) -> tuple[View, View]:
    """Returns one view at full scale and one at half scale, in random order.

    Each is cropped at random, converted to one of the color spaces with equal
    probability, and mirrored with probability 1/2. If a side is shorter than `size`,
    the padded center is taken; see `padded_middle`.

    Args:
        height: Height of the image.
        width: Width of the image.
        rng: Generator of all random choices.
        size: Side of the views.
        colors: Keys of `COLORS`.
    """
    factors = (1, 2) if rng.random() < 0.5 else (2, 1)

    def draw(factor: int) -> View:
        corner = draw_corner(height // factor, width // factor, rng, size=size)
        color = colors[int(rng.integers(len(colors)))]
        return View(factor, corner, color, bool(rng.choice((1, -1)) < 0), size)

    first = draw(factors[0])
    return first, draw(factors[1])


def two_views(
    image: np.ndarray,
    rng: np.random.Generator,
    *,
    lab: str = "proper",
    **options: Any,
) -> np.ndarray:
    """Returns the views of an image that `draw_views` draws.

    Args:
        image: uint8 `(height, width, 3)`.
        rng: Generator of all random choices.
        lab: `"proper"`, or `"released"` for signed bytes.
        **options: `size` and `colors` of `draw_views`.

    Returns:
        uint8 `(2, size, size, 3)`.
    """
    height, width = image.shape[:2]
    drawn = draw_views(height, width, rng, **options)
    return np.stack([view.of(image, lab=lab) for view in drawn])


def draw_corner(
    height: int, width: int, rng: np.random.Generator, *, size: int
) -> tuple[int, int] | None:
    """Returns the corner of a random crop, or `None` if a side is too short."""
    spare = np.array((height, width)) - size
    if spare.min() < 0:
        return None
    top, left = rng.integers(spare + 1).tolist()
    return top, left


def half_scale(picture: np.ndarray) -> np.ndarray:
    """Returns `(height // 2, width // 2, 3)`, resized by Pillow's bilinear filter."""
    height, width = (max(side // 2, 1) for side in picture.shape[:2])
    image = Image.fromarray(picture)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def half_scale_crop(image: np.ndarray, top: int, left: int, *, size: int) -> np.ndarray:
    """Returns `half_scale(image)[top : top + size, left : left + size]`, but faster.

    For even sides each pixel depends on four rows and columns at fixed offsets, so the
    rest of the image need not be resized.
    """
    if image.shape[0] % 2 or image.shape[1] % 2:
        return half_scale(image)[top : top + size, left : left + size]
    (first, above), (start, before) = (
        (max(2 * start_of_side - 2, 0), min(start_of_side, 1))
        for start_of_side in (top, left)
    )
    needed = image[first : 2 * (top + size) + 2, start : 2 * (left + size) + 2]
    return half_scale(needed)[above : above + size, before : before + size]


def padded_middle(image: np.ndarray, *, size: int) -> np.ndarray:
    """Returns the center of an image, padded with black if it is too small.

    As in the authors' code, a longer side is cropped at its center, a shorter one is
    centered on black, and both round towards the top left.

    Returns:
        uint8 `(size, size, 3)`.
    """
    padded = np.zeros((size, size, 3), np.uint8)
    # For each axis: start in the image, start in the result, and length.
    (y, to_y, rows), (x, to_x, columns) = (
        _alignment(side, size) for side in image.shape[:2]
    )
    padded[to_y : to_y + rows, to_x : to_x + columns] = image[
        y : y + rows, x : x + columns
    ]
    return padded


def recolored(crop: np.ndarray, color: str, *, lab: str = "proper") -> np.ndarray:
    """Returns a crop in a color space, a key of `COLORS`."""
    if color == "lab" and lab == "released":
        return color_views.lab_of_signed_bytes(crop)
    return COLORS[color](crop)


def _alignment(side: int, size: int) -> tuple[int, int, int]:
    offset = int((side - size + 1) * 0.5)  # Rounds towards zero for either sign.
    return max(offset, 0), max(-offset, 0), min(side, size)
