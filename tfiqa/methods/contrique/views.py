"""Views of a picture: full and half scale, random crops, color spaces, mirrored.

Madhusudana et al., "Image Quality Assessment Using Contrastive Learning", TIP 2022,
section 3.2. What is seen depends on a generator of random numbers alone.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from tfiqa.data import color_views

COLORS = {
    "gray": color_views.gray,
    "lab": color_views.lab,
    "hsv": color_views.hsv,
    "local_mean": color_views.local_mean,
    "rgb": color_views.rgb,
}


def two_views(
    picture: np.ndarray,
    rng: np.random.Generator,
    *,
    size: int = 256,
    colors: Sequence[str] = tuple(COLORS),
    lab: str = "proper",
) -> np.ndarray:
    """Returns one view at full scale and one at half scale, in random order.

    Each is cut at random, then takes one of the color spaces, with equal chances, and
    is mirrored in half of the cases.

    Args:
        picture: uint8 `(height, width, 3)`.
        rng: Draws everything.
        size: Side of the views.
        colors: Keys of `COLORS`.
        lab: `"proper"`, or `"released"` for signed bytes.

    Returns:
        uint8 `(2, size, size, 3)`.
    """
    factors = (1, 2) if rng.random() < 0.5 else (2, 1)
    views = np.empty((2, size, size, 3), np.uint8)
    for view, factor in zip(views, factors, strict=True):
        crop = random_crop(picture, factor, rng, size=size)
        name = colors[int(rng.integers(len(colors)))]
        view[:] = recolored(crop, name, lab=lab)[:, :: rng.choice((1, -1))]
    return views


def random_crop(
    picture: np.ndarray, factor: int, rng: np.random.Generator, *, size: int
) -> np.ndarray:
    """Returns a random crop of a picture at full scale (`factor` 1) or half (2).

    Where a side is shorter than `size` it is the padded middle; see `padded_middle`.

    Returns:
        uint8 `(size, size, 3)`.
    """
    spare = np.array(picture.shape[:2]) // factor - size
    if spare.min() < 0:
        return padded_middle(picture if factor == 1 else half_scale(picture), size=size)
    top, left = rng.integers(spare + 1).tolist()
    if factor == 1:
        return picture[top : top + size, left : left + size]
    return half_scale_crop(picture, top, left, size=size)


def half_scale(picture: np.ndarray) -> np.ndarray:
    """Returns `(height // 2, width // 2, 3)` as of Pillow's bilinear filter."""
    height, width = (max(side // 2, 1) for side in picture.shape[:2])
    image = Image.fromarray(picture)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR))


def half_scale_crop(
    picture: np.ndarray, top: int, left: int, *, size: int
) -> np.ndarray:
    """Returns `half_scale(picture)[top : top + size, left : left + size]`, sooner.

    Where sides are even each pixel depends on four rows and columns at places that
    are the same everywhere, so that the rest of the picture need not be resized.
    """
    if picture.shape[0] % 2 or picture.shape[1] % 2:
        return half_scale(picture)[top : top + size, left : left + size]
    (first, above), (start, before) = (
        (max(2 * place - 2, 0), min(place, 1)) for place in (top, left)
    )
    needed = picture[first : 2 * (top + size) + 2, start : 2 * (left + size) + 2]
    return half_scale(needed)[above : above + size, before : before + size]


def padded_middle(picture: np.ndarray, *, size: int) -> np.ndarray:
    """Returns the middle of a picture, with black around it where it is too short.

    As the authors' code does: a longer side is cut in the middle, a shorter one stands
    in the middle of black, and both round towards the top and the left.

    Returns:
        uint8 `(size, size, 3)`.
    """
    padded = np.zeros((size, size, 3), np.uint8)
    # Half of what is too much, or too little: from where, to where, how much.
    (y, to_y, rows), (x, to_x, columns) = (
        _place(side, size) for side in picture.shape[:2]
    )
    padded[to_y : to_y + rows, to_x : to_x + columns] = picture[
        y : y + rows, x : x + columns
    ]
    return padded


def recolored(crop: np.ndarray, color: str, *, lab: str = "proper") -> np.ndarray:
    """Returns a crop in a color space, a key of `COLORS`."""
    if color == "lab" and lab == "released":
        return color_views.lab_of_signed_bytes(crop)
    return COLORS[color](crop)


def _place(side: int, size: int) -> tuple[int, int, int]:
    offset = int((side - size + 1) * 0.5)  # Towards zero, on either side of it.
    return max(offset, 0), max(-offset, 0), min(side, size)
