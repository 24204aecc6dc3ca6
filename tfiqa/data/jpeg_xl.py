"""Decoding of JPEG XL images, if the package `imagecodecs` is installed."""

import importlib.util
from types import ModuleType

import numpy as np

from tfiqa.data import jpeg_xl_header
from tfiqa.data import sample_bits
from tfiqa.data.opening import DecodeError
from tfiqa.data.opening import check_size

_STARTS = (jpeg_xl_header.CODESTREAM, jpeg_xl_header.CONTAINER)
_WHITE = 255
_NOTE = "color profile ignored: of JPEG XL"


def is_jpeg_xl(encoded: bytes) -> bool:
    """Returns whether bytes begin as JPEG XL files do."""
    return encoded.startswith(_STARTS)


def declared_size(encoded: bytes) -> tuple[int, int]:
    """Returns (height, width) as stored; ignores EXIF orientation.

    Raises:
        DecodeError: If it has too many pixels.
        ValueError: If the header is damaged.
    """
    _codec()
    height, width, _ = jpeg_xl_header.read(encoded)
    check_size(width, height)
    return height, width


def decode(encoded: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    """Returns the upright pixels, uint8 `(height, width, 3)`, RGB, and notes.

    Raises:
        DecodeError: If it has too many pixels, or no decoder is installed.
        ValueError: If the file is damaged, or has an unsupported type of samples.
    """
    codec = _codec()
    height, width, is_srgb = jpeg_xl_header.read(encoded)
    check_size(width, height)
    samples = np.asarray(codec.jpegxl_decode(encoded))
    notes = () if is_srgb else (_NOTE,)
    if sorted(samples.shape[-3:-1]) != sorted((height, width)) and samples.ndim > 2:
        raise ValueError(f"its pixels have the shape {samples.shape}")
    if samples.ndim == 4:
        samples, notes = samples[0], (*notes, "first of several frames")
    if samples.dtype == np.uint16:
        notes = (*notes, sample_bits.NOTE)
    return _rgb(samples), notes


def _codec() -> ModuleType:
    if importlib.util.find_spec("imagecodecs") is None:
        raise DecodeError(
            "unsupported", "JPEG XL needs imagecodecs: pip install imagecodecs"
        )
    import imagecodecs

    if not imagecodecs.JPEGXL.available:
        raise DecodeError(
            "unsupported", "JPEG XL needs an imagecodecs build that supports it"
        )
    return imagecodecs


def _rgb(samples: np.ndarray) -> np.ndarray:
    if samples.dtype == np.uint16:
        samples = (samples >> 8).astype(np.uint8)
    if samples.dtype != np.uint8:
        raise ValueError(f"samples of 8 or 16 bits are expected, not {samples.dtype}")
    if samples.ndim == 2:
        samples = samples[..., np.newaxis]
    color, alpha = samples, None
    if samples.shape[2] in (2, 4):
        color, alpha = samples[..., :-1], samples[..., -1:].astype(np.uint16)
    if color.shape[2] not in (1, 3):
        raise ValueError(f"1 to 4 channels are expected, not {samples.shape[2]}")
    if alpha is not None:
        color = ((color * alpha + _WHITE * (_WHITE - alpha) + 127) // 255).astype("u1")
    return np.ascontiguousarray(np.broadcast_to(color, (*color.shape[:2], 3)))
