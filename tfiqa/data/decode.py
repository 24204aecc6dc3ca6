"""Decoding of pictures: the only way from encoded bytes to pixels.

Training and scoring share it, so that a picture never has two sets of pixels. It is
thread-safe, never warns, and leaves Pillow's process-wide settings as they were. Of
several frames or pages the first counts.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from tfiqa.data import color_profile
from tfiqa.data import damage
from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_xl
from tfiqa.data import opening
from tfiqa.data import png_chunks
from tfiqa.data.opening import MAX_PIXELS as MAX_PIXELS
from tfiqa.data.opening import DecodeError as DecodeError
from tfiqa.data.upright import tiles
from tfiqa.data.upright import upright_pixels
from tfiqa.pixels import fast_jpeg


@dataclass(frozen=True)
class Decoding:
    """How pictures are decoded.

    Attributes:
        convert_profiles: Whether colors with a profile become sRGB, as viewers show
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
    upper 8 bits, color profiles are ignored. Besides the result, memory holds the
    picture once more (4 bytes a pixel in color).

    Raises:
        DecodeError: If the bytes are no complete picture of a known format, or hold
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
    with opening.faults_as_decode_errors(encoded):
        if jpeg_xl.is_jpeg_xl(encoded):
            return Decoded(*jpeg_xl.decode(encoded))
        image, encoded, notes = _completed(encoded, how)
        pixels, image = _pixels(image, encoded)
        damage.check(encoded, image)
        notes.append(_to_srgb(pixels, image, encoded, how))
        return Decoded(pixels, tuple(filter(None, notes)))


def _pixels(image: Image.Image, encoded: bytes) -> tuple[np.ndarray, Image.Image]:
    """Returns the upright pixels, and the image with its pixels loaded."""
    if image.format == "JPEG" and image.mode == "RGB":
        turned = opening.orientation(image) != 1
        pixels = None if turned else fast_jpeg.pixels(encoded, image.size)
        if pixels is not None:
            loaded = Image.fromarray(pixels)
            loaded.format, loaded.info = image.format, image.info
            return pixels, loaded
    opening.load(image)
    # Only now: Pillow itself turns a TIFF while loading it, and PNG may carry its EXIF
    # behind the pixels.
    return upright_pixels(image, opening.orientation(image)), image


def declared_size(encoded: bytes) -> tuple[int, int]:
    """Returns the stored (height, width) in pixels from the header alone.

    EXIF orientation may swap them. Whether the pixels are complete is not looked at.

    Raises:
        DecodeError: As `decode`, for what the header tells.
    """
    with opening.faults_as_decode_errors(encoded):
        if jpeg_xl.is_jpeg_xl(encoded):
            return jpeg_xl.declared_size(encoded)
        width, height = opening.opened(encoded).size
        return height, width


def _completed(encoded: bytes, how: Decoding) -> tuple[Image.Image, bytes, list[str]]:
    """Returns the image, the bytes that it is decoded from, and notes."""
    image = opening.opened(encoded)
    notes = [_frames_note(image, encoded)]
    if jpeg_end.is_jpeg(encoded) and not jpeg_end.has_end(encoded):
        if not how.tolerate_truncation:
            raise ValueError("the file is truncated: its end marker is missing")
        encoded = jpeg_end.with_end(encoded)
        image = opening.opened(encoded)
        notes.append("end marker missing")
    return image, encoded, notes


def _frames_note(image: Image.Image, encoded: bytes) -> str:
    # Counting the frames of a GIF reads all of it; whether there are more does not.
    several = getattr(image, "is_animated", False)
    if image.format == "PNG":  # Pillow sees none of the chunks of an animation.
        several = png_chunks.is_animated(encoded)
    return "first of several frames" if several else ""


def _to_srgb(
    pixels: np.ndarray, image: Image.Image, encoded: bytes, how: Decoding
) -> str:
    """Converts colors in place, tile by tile, if so asked; returns a note."""
    profile = image.info.get("icc_profile") or b""
    if image.format == "PNG":
        profile = png_chunks.profile(encoded)
    convert, note = color_profile.to_srgb(profile, image.mode)
    if convert is None or not how.convert_profiles:
        return note.replace("converted to sRGB from", "colour profile ignored:")
    height, width, _ = pixels.shape
    for left, top, right, bottom in tiles(width, height):
        tile = np.ascontiguousarray(pixels[top:bottom, left:right])
        pixels[top:bottom, left:right] = convert(tile)
    return note
