"""Decoding of pictures: the only way from encoded bytes to pixels.

Training and scoring share it, so that a picture never has two sets of pixels. It is
thread-safe, never warns, and leaves Pillow's process-wide settings as they were. Of
several frames or pages the first counts; colour profiles are not applied.
"""

import contextlib
import io
import threading
import warnings
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np
from PIL import Image

MAX_PIXELS = 100_000_000

_FORMATS = (
    "JPEG",
    "PNG",
    "BMP",
    "DIB",
    "GIF",
    "TIFF",
    "WEBP",
    "AVIF",
    "JPEG2000",
    "PPM",
    "TGA",
)
# Their pixels load without a Python warning, hence outside the lock.
_SILENT_FORMATS = frozenset({*_FORMATS, "MPO"} - {"TIFF", "TGA"})
_WHITE = 255
_TILE = 1024
_ORIENTATION, _BITS_PER_SAMPLE, _PHOTOMETRIC = 0x0112, 258, 262
# How to walk the rows and columns of the upright picture, by (orientation - 1) % 4.
_STEPS = ((1, 1), (1, -1), (-1, -1), (-1, 1))
_settings_lock = threading.Lock()


class DecodeError(ValueError):
    """Tells why a picture has no pixels.

    Args:
        status: `"undecodable"` or `"too_large"`.
        reason: One sentence for the user.
    """

    def __init__(self, status: str, reason: str):
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def decode(encoded: bytes) -> np.ndarray:
    """Returns the upright pixels, uint8 `(height, width, 3)`, RGB.

    EXIF orientation is applied, transparency lies over white, 16-bit grey keeps its
    upper 8 bits. Besides the result, memory holds the picture once more (4 bytes a
    pixel in colour).

    Raises:
        DecodeError: If the bytes are no complete picture of a known format, hold
            32-bit or floating-point samples (`status="undecodable"`), or more than
            `MAX_PIXELS` pixels (`status="too_large"`, before they are decoded).
    """
    with _faults_as_decode_errors():
        image = _open(encoded)
        silent = image.format in _SILENT_FORMATS
        with contextlib.nullcontext() if silent else _quiet_pillow():
            image.load()
        # Only now: Pillow itself turns a TIFF while loading it, and PNG may carry
        # its EXIF behind the pixels.
        return _upright_pixels(image, _orientation(image))


def declared_size(encoded: bytes) -> tuple[int, int]:
    """Returns the stored (height, width) in pixels from the header alone.

    EXIF orientation may swap them. Whether the pixels are complete is not looked at.

    Raises:
        DecodeError: As `decode`, for what the header tells.
    """
    with _faults_as_decode_errors():
        width, height = _open(encoded).size
        return height, width


@contextlib.contextmanager
def _faults_as_decode_errors() -> Iterator[None]:
    try:
        yield
    except DecodeError:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise DecodeError("too_large", _too_large(str(error))) from error
    except Exception as error:  # a broken file may raise anything in a plugin
        reason = f"A picture is expected. Received: {type(error).__name__}: {error}"
        raise DecodeError("undecodable", reason) from error


def _too_large(size: str) -> str:
    return f"At most {MAX_PIXELS:,} pixels are expected. Received: {size}"


@contextlib.contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Holds back Pillow's warnings, one thread at a time, and restores everything."""
    with _settings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _open(encoded: bytes) -> Image.Image:
    """Reads the header and refuses what must not be decoded."""
    with _quiet_pillow():
        image = Image.open(io.BytesIO(encoded), formats=_FORMATS)
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise DecodeError("too_large", _too_large(f"{width} x {height} pixels"))
    if image.mode == "F" or (image.mode == "I" and image.format != "PPM"):
        raise DecodeError(
            "undecodable",
            "Samples of 8 bits, or grey of 16 bits, are expected. Received: "
            f"a {image.format} picture of Pillow's mode {image.mode!r}",
        )
    return image


def _orientation(image: Image.Image) -> int:
    """Returns the EXIF orientation, 1 to 8; 1 where it is missing or unreadable."""
    with _quiet_pillow():
        try:
            orientation = image.getexif().get(_ORIENTATION, 1)
        except Exception:  # corrupt EXIF; the pixels are fine
            return 1
    return int(orientation) if orientation in range(1, 9) else 1


def _upright_pixels(image: Image.Image, orientation: int) -> np.ndarray:
    """Copies tile by tile: no second whole copy, whatever the conversion."""
    width, height = image.size
    swapped = orientation > 4
    shape = (width, height, 3) if swapped else (height, width, 3)
    pixels = np.empty(shape, np.uint8)
    down, across = _STEPS[(orientation - 1) % 4]
    as_stored = pixels[::down, ::across]
    if swapped:
        as_stored = as_stored.swapaxes(0, 1)
    to_rgb = _conversion(image)
    for left, top, right, bottom in _tiles(width, height):
        box = (left, top, right, bottom)
        tile = image if box == (0, 0, width, height) else image.crop(box)
        as_stored[top:bottom, left:right] = to_rgb(tile)
    return pixels


def _tiles(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield left, top, min(left + _TILE, width), min(top + _TILE, height)


def _conversion(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    """Returns the function from tiles of `image` to uint8 RGB (or one channel)."""
    if image.mode.startswith("I"):
        return _grey16_conversion(image)
    if image.has_transparency_data:
        return _over_white
    if image.mode == "RGB":
        return np.asarray
    return lambda tile: np.asarray(tile.convert("RGB"))


def _over_white(tile: Image.Image) -> np.ndarray:
    rgba = np.asarray(tile.convert("RGBA")).astype(np.uint16)
    color, alpha = rgba[..., :3], rgba[..., 3:]
    return (color * alpha + _WHITE * (_WHITE - alpha) + 127) // 255


def _grey16_conversion(image: Image.Image) -> Callable[[Image.Image], np.ndarray]:
    # Pillow leaves 12-bit samples and "white is zero" of a TIFF as they are stored.
    tags = getattr(image, "tag_v2", {})
    shift = 4 if tags.get(_BITS_PER_SAMPLE) == (12,) else 8
    flip = 255 if tags.get(_PHOTOMETRIC) == 0 else 0
    transparent = image.info.get("transparency")

    def to_grey(tile: Image.Image) -> np.ndarray:
        samples = np.asarray(tile)
        grey = (samples >> shift).astype(np.uint8) ^ np.uint8(flip)
        if isinstance(transparent, int):
            grey[samples == transparent] = _WHITE
        return grey[..., np.newaxis]

    return to_grey
