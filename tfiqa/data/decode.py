"""Decoding of pictures: the only way from encoded bytes to pixels.

Training and scoring share it, so that a picture never has two sets of pixels. It is
thread-safe, never warns, and leaves Pillow's process-wide settings as they were. Of
several frames or pages the first counts.
"""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL import UnidentifiedImageError

from tfiqa.data import color_profile
from tfiqa.data import jpeg_end
from tfiqa.data import png_chunks
from tfiqa.data import signatures
from tfiqa.data import tiff_layout
from tfiqa.data.upright import tiles
from tfiqa.data.upright import upright_pixels
from tfiqa.pixels import fast_jpeg

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
_ORIENTATION = 0x0112
_settings_lock = threading.Lock()


class DecodeError(ValueError):
    """Tells why a picture has no pixels.

    Args:
        status: `"undecodable"`, `"unsupported"` or `"too_large"`.
        reason: One sentence for the user.
    """

    def __init__(self, status: str, reason: str):
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Decoding:
    """How pictures are decoded.

    Attributes:
        convert_profiles: Whether colours with a profile become sRGB, as viewers show
            them. Databases and papers ignore profiles; so do training and evaluation.
        tolerate_truncation: Whether a JPEG file of which only the end marker is missing
            is decoded.
    """

    convert_profiles: bool = False
    tolerate_truncation: bool = False


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded picture.

    Attributes:
        pixels: Upright, uint8 `(height, width, 3)`, RGB.
        notes: What was unusual, each in a few words.
    """

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def decode(encoded: bytes) -> np.ndarray:
    """Returns the upright pixels, uint8 `(height, width, 3)`, RGB.

    EXIF orientation is applied, transparency lies over white, 16-bit samples keep their
    upper 8 bits, colour profiles are ignored. Besides the result, memory holds the
    picture once more (4 bytes a pixel in colour).

    Raises:
        DecodeError: If the bytes are no complete picture of a known format, hold
            32-bit or floating-point samples (`status="undecodable"`), or more than
            `MAX_PIXELS` pixels (`status="too_large"`, before they are decoded), or
            there is no decoder for them (`status="unsupported"`).
    """
    return decode_with_notes(encoded).pixels


def decode_with_notes(encoded: bytes, how: Decoding | None = None) -> Decoded:
    """Returns the pixels of a picture, and what was unusual about it.

    Args:
        encoded: The file.
        how: See `Decoding`; as `decode` does when None.

    Raises:
        DecodeError: As `decode`.
    """
    how = how or Decoding()
    with _faults_as_decode_errors(encoded):
        image = _open(encoded)
        notes = [_frames_note(image)]
        if jpeg_end.is_jpeg(encoded) and not jpeg_end.has_end(encoded):
            if not how.tolerate_truncation:
                raise ValueError("the file is truncated: its end marker is missing")
            image = _open(jpeg_end.with_end(encoded))
            notes.append("end marker missing")
        pixels = _fast_pixels(image, encoded)
        if pixels is None:
            _load(image)
            # Only now: Pillow itself turns a TIFF while loading it, and PNG may carry
            # its EXIF behind the pixels.
            pixels = upright_pixels(image, _orientation(image))
        profile = _profile(image, encoded)
        if how.convert_profiles:
            convert, note = color_profile.to_srgb(profile, image.mode)
            if convert is not None:
                _convert(pixels, convert)
        else:
            _, note = color_profile.to_srgb(profile, "")
        return Decoded(pixels, tuple(filter(None, [*notes, note])))


def _load(image: Image.Image) -> None:
    silent = image.format in _SILENT_FORMATS
    with contextlib.nullcontext() if silent else _quiet_pillow():
        image.load()


def _fast_pixels(image: Image.Image, encoded: bytes) -> np.ndarray | None:
    """Returns the pixels of a plain JPEG file in color, None for any other."""
    plain = image.format == "JPEG" and image.mode == "RGB"
    if not plain or not jpeg_end.has_end(encoded) or _orientation(image) != 1:
        return None
    return fast_jpeg.pixels(encoded, image.size)


def _frames_note(image: Image.Image) -> str:
    # Counting the frames of a GIF reads all of it; whether there are more does not.
    return "first of several frames" if getattr(image, "is_animated", False) else ""


def _profile(image: Image.Image, encoded: bytes) -> bytes:
    if image.format == "PNG":
        return png_chunks.profile(encoded)
    return image.info.get("icc_profile") or b""


def _convert(pixels: np.ndarray, convert) -> None:
    """Converts colours in place, tile by tile."""
    height, width, _ = pixels.shape
    for left, top, right, bottom in tiles(width, height):
        tile = np.ascontiguousarray(pixels[top:bottom, left:right])
        pixels[top:bottom, left:right] = convert(tile)


def declared_size(encoded: bytes) -> tuple[int, int]:
    """Returns the stored (height, width) in pixels from the header alone.

    EXIF orientation may swap them. Whether the pixels are complete is not looked at.

    Raises:
        DecodeError: As `decode`, for what the header tells.
    """
    with _faults_as_decode_errors(encoded):
        width, height = _open(encoded).size
        return height, width


@contextlib.contextmanager
def _faults_as_decode_errors(encoded: bytes) -> Iterator[None]:
    try:
        yield
    except DecodeError:
        raise
    except Image.DecompressionBombError as error:
        raise DecodeError("too_large", _too_large(str(error))) from error
    except MemoryError as error:
        reason = "A picture that fits into memory is expected. Received: a larger one"
        raise DecodeError("too_large", reason) from error
    except UnidentifiedImageError as error:
        if reason := signatures.unsupported(encoded):
            raise DecodeError("unsupported", reason) from error
        kind = signatures.description(encoded)
        reason = f"A picture is expected. Received: {kind}"
        raise DecodeError("undecodable", reason) from error
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
    if encoded.startswith(png_chunks.SIGNATURE):
        encoded = png_chunks.pixel_chunks(encoded)
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
    if image.format == "TIFF" and (layout := tiff_layout.misread(image)):
        raise DecodeError(
            "undecodable",
            "A TIFF picture of a common layout is expected. Received: one with "
            f"{layout}; tools such as libtiff's tiffcp convert it",
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
