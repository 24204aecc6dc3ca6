"""Decoding of images: the only way from encoded bytes to pixels.

Training and scoring share it, so an image always has the same pixels. It is
thread-safe, never warns, and restores Pillow's process-wide settings. If an image has
more than one frame or page, the first one is decoded.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tfiqa.data import damage
from tfiqa.data import declared_colors
from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_xl
from tfiqa.data import opening
from tfiqa.data import png_chunks
from tfiqa.data import sample_bits
from tfiqa.data.opening import MAX_PIXELS as MAX_PIXELS
from tfiqa.data.opening import DecodeError as DecodeError
from tfiqa.data.upright import tiles
from tfiqa.data.upright import upright_pixels
from tfiqa.pixels import fast_jpeg


@dataclass(frozen=True)
class Decoding:
    """How images are decoded.

    Attributes:
        convert_profiles: Whether colors with a profile are converted to sRGB, as
            viewers do. Databases and papers ignore profiles; so do training and
            evaluation.
        tolerate_truncation: Whether a JPEG file that lacks only its end marker is
            decoded.
    """

    convert_profiles: bool = False
    tolerate_truncation: bool = False


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded image.

    Attributes:
        pixels: Upright, uint8 `(height, width, 3)`, RGB.
        notes: What was unusual, in a few words each.
    """

    pixels: np.ndarray
    notes: tuple[str, ...] = ()


def decode(encoded: bytes) -> np.ndarray:
    """Returns the upright pixels, uint8 `(height, width, 3)`, RGB.

    EXIF orientation is applied, transparent pixels are blended with white, 16-bit
    samples keep their upper 8 bits, and color profiles are ignored. Besides the result,
    memory holds one more copy of the image (4 bytes per pixel in color).

    Raises:
        DecodeError: If the bytes are not a complete image of a known format, or have
            32-bit or floating-point samples (`status="undecodable"`); if the image has
            more than `MAX_PIXELS` pixels (`status="too_large"`, before it is decoded);
            or if no decoder is installed (`status="unsupported"`).
    """
    return decode_with_notes(encoded).pixels


def decode_with_notes(encoded: bytes, decoding: Decoding | None = None) -> Decoded:
    """Returns the pixels of an image, and what was unusual about it.

    Args:
        encoded: The file.
        decoding: How the image is decoded; as by `decode` when None.

    Raises:
        DecodeError: As `decode`.
    """
    decoding = decoding or Decoding()
    with opening.faults_as_decode_errors(encoded):
        if jpeg_xl.is_jpeg_xl(encoded):
            return Decoded(*jpeg_xl.decode(encoded))
        image, encoded, notes = _completed(encoded, decoding)
        convert, note = declared_colors.to_srgb(image, encoded)
        if not decoding.convert_profiles:
            convert = None
            note = note.replace("converted to sRGB from", "color profile ignored:")
        notes += [sample_bits.note(image, encoded), note]
        inks_to_rgb = convert if image.mode == "CMYK" else None
        stored = _stored_pixels(image, encoded)
        if stored is not None:
            pixels = stored
        else:
            opening.load(image)
            # After loading: Pillow itself rotates a TIFF while loading it, and a PNG
            # file may have its EXIF data after the pixels.
            turn = opening.orientation(image)
            pixels = upright_pixels(image, turn, inks_to_rgb)
        damage.check(encoded, image, stored)
        if convert is not None and inks_to_rgb is None:
            _convert_tiles(pixels, convert)
        return Decoded(pixels, tuple(filter(None, notes)))


def _stored_pixels(image: Image.Image, encoded: bytes) -> np.ndarray | None:
    """Returns the pixels of an upright color JPEG file without loading the image."""
    if image.format != "JPEG" or image.mode != "RGB" or opening.orientation(image) != 1:
        return None
    return fast_jpeg.pixels(encoded, image.size)


def declared_size(encoded: bytes) -> tuple[int, int]:
    """Returns the stored (height, width) in pixels from the header alone.

    EXIF orientation may swap them. Does not check whether the pixels are complete.

    Raises:
        DecodeError: As `decode`, as far as the header shows.
    """
    with opening.faults_as_decode_errors(encoded):
        if jpeg_xl.is_jpeg_xl(encoded):
            return jpeg_xl.declared_size(encoded)
        width, height = opening.opened(encoded).size
        return height, width


def _completed(
    encoded: bytes, decoding: Decoding
) -> tuple[Image.Image, bytes, list[str]]:
    """Returns the image, the bytes that it is decoded from, and notes."""
    image = opening.opened(encoded)
    notes = [_frames_note(image, encoded)]
    if jpeg_end.is_jpeg(encoded) and not jpeg_end.has_end(encoded):
        if not decoding.tolerate_truncation:
            raise ValueError("the file is truncated: its end marker is missing")
        encoded = jpeg_end.with_end(encoded)
        image = opening.opened(encoded)
        notes.append("end marker missing")
    return image, encoded, notes


def _frames_note(image: Image.Image, encoded: bytes) -> str:
    # Counting the frames of a GIF reads the entire file; `is_animated` does not.
    is_animated = getattr(image, "is_animated", False)
    if image.format == "PNG":  # Pillow does not receive the chunks of an animation.
        is_animated = png_chunks.is_animated(encoded)
    return "first of several frames" if is_animated else ""


def _convert_tiles(
    pixels: np.ndarray, convert: Callable[[np.ndarray], np.ndarray]
) -> None:
    """Converts colors in place, tile by tile."""
    height, width, _ = pixels.shape
    for left, top, right, bottom in tiles(width, height):
        tile = np.ascontiguousarray(pixels[top:bottom, left:right])
        pixels[top:bottom, left:right] = convert(tile)
