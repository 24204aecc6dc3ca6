"""Views of an image: full and half scale, random crops, color spaces, mirroring.

Madhusudana et al., "Image Quality Assessment Using Contrastive Learning", TIP 2022,
section 3.2. All randomness comes from one generator.
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
    image: np.ndarray,
    rng: np.random.Generator,
    *,
    size: int = 256,
    colors: Sequence[str] = tuple(COLORS),
    lab: str = "proper",
) -> np.ndarray:
    """Returns one view at full scale and one at half scale, in random order.

    Each is cropped at random, converted to one of the color spaces with equal
    probability, and mirrored with probability 1/2.

    Args:
        image: uint8 `(height, width, 3)`.
        rng: Generator of all random choices.
        size: Side of the views.
        colors: Keys of `COLORS`.
        lab: `"proper"`, or `"released"` for signed bytes.

    Returns:
        uint8 `(2, size, size, 3)`.
    """
    factors = (1, 2) if rng.random() < 0.5 else (2, 1)
    views = np.empty((2, size, size, 3), np.uint8)
    for view, factor in zip(views, factors, strict=True):
        crop = random_crop(image, factor, rng, size=size)
        name = colors[int(rng.integers(len(colors)))]
        view[:] = recolored(crop, name, lab=lab)[:, :: rng.choice((1, -1))]
    return views


def random_crop(
    image: np.ndarray, factor: int, rng: np.random.Generator, *, size: int
) -> np.ndarray:
    """Returns a random crop of an image at full scale (`factor` 1) or half (2).

    If a side is shorter than `size`, the padded center is returned; see
    `padded_middle`.

    Returns:
        uint8 `(size, size, 3)`.
    """
    spare = np.array(image.shape[:2]) // factor - size
    if spare.min() < 0:
        return padded_middle(image if factor == 1 else half_scale(image), size=size)
    top, left = rng.integers(spare + 1).tolist()
    if factor == 1:
        return image[top : top + size, left : left + size]
    return half_scale_crop(image, top, left, size=size)


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
