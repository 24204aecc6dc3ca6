"""Upright RGB pixels of an image that Pillow has loaded."""

from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
from PIL import Image
from PIL import ImageChops

_WHITE = 255
_TILE = 1024
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
# Steps through the rows and columns of the upright image, by (orientation - 1) % 4.
_STEPS = ((1, 1), (1, -1), (-1, -1), (-1, 1))


def upright_pixels(
    image: Image.Image,
    orientation: int,
    inks_to_rgb: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Returns the pixels of a loaded image, uint8 `(height, width, 3)`.

    Copies tile by tile, so no conversion makes a second full copy.

    Args:
        image: A loaded image.
        orientation: EXIF orientation, 1 to 8.
        inks_to_rgb: Function from uint8 `(height, width, 4)`, the inks of a CMYK image,
            to uint8 RGB. Without it, inks are complements of red, green and blue.
    """
    width, height = image.size
    swapped = orientation > 4
    shape = (width, height, 3) if swapped else (height, width, 3)
    pixels = np.empty(shape, np.uint8)
    down, across = _STEPS[(orientation - 1) % 4]
    as_stored = pixels[::down, ::across]
    if swapped:
        as_stored = as_stored.swapaxes(0, 1)
    to_rgb = _conversion(image, inks_to_rgb)
    for left, top, right, bottom in tiles(width, height):
        box = (left, top, right, bottom)
        tile = image if box == (0, 0, width, height) else image.crop(box)
        as_stored[top:bottom, left:right] = to_rgb(tile)
    return pixels


def tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yields left, top, right and bottom of the tiles of an image."""
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield left, top, min(left + _TILE, width), min(top + _TILE, height)


def _conversion(
    image: Image.Image, inks_to_rgb: Callable[[np.ndarray], np.ndarray] | None
) -> Callable[[Image.Image], np.ndarray]:
    """Returns the function from tiles of `image` to uint8 RGB (or one channel)."""
    if image.mode.startswith("I"):
        return _gray16_conversion(image)
    if image.has_transparency_data:
        return _over_white
    if image.mode == "RGB":
        return np.asarray
    if image.mode == "CMYK":
        return _cmyk_conversion(image, inks_to_rgb)
    return lambda tile: np.asarray(tile.convert("RGB"))


def _cmyk_conversion(
    image: Image.Image, inks_to_rgb: Callable[[np.ndarray], np.ndarray] | None
) -> Callable[[Image.Image], np.ndarray]:
    # Only Adobe's files are inverted, but Pillow inverts all JPEG files.
    is_jpeg = image.format in ("JPEG", "MPO")
    invert = is_jpeg and "adobe" not in image.info

    def to_rgb(tile: Image.Image) -> np.ndarray:
        tile = ImageChops.invert(tile) if invert else tile
        if inks_to_rgb is None:
            return np.asarray(tile.convert("RGB"))
        return inks_to_rgb(np.asarray(tile))

    return to_rgb


def _over_white(tile: Image.Image) -> np.ndarray:
    rgba = np.asarray(tile.convert("RGBA")).astype(np.uint16)
    color, alpha = rgba[..., :3], rgba[..., 3:]
    return (color * alpha + _WHITE * (_WHITE - alpha) + 127) // 255


def _gray16_conversion(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    # Pillow keeps 12-bit samples and "white is zero" of a TIFF as stored.
    tags = getattr(image, "tag_v2", {})
    shift = 4 if tags.get(_BITS_PER_SAMPLE) == (12,) else 8
    flip = 255 if tags.get(_PHOTOMETRIC) == 0 else 0
    transparent = image.info.get("transparency")

    def to_gray(tile: Image.Image) -> np.ndarray:
        samples = np.asarray(tile)
        gray = (samples >> shift).astype(np.uint8) ^ np.uint8(flip)
        if isinstance(transparent, int):
            gray[samples == transparent] = _WHITE
        return gray[..., np.newaxis]

    return to_gray
