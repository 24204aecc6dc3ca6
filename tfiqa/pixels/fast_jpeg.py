"""Decodes JPEG files with `simplejpeg`: Pillow's pixels in half the time.

Both call libjpeg-turbo with the exact transform and smooth upsampling; Pillow also
copies the pixels twice. Tests check that the pixels are equal.
"""

import functools
import importlib
from types import ModuleType
from typing import Any


def pixels(encoded: bytes, size: tuple[int, int]) -> Any:
    """Returns the stored pixels of a color JPEG file, or None if Pillow must decode it.

    None if `simplejpeg` is not installed or reports any fault in the file.

    Args:
        encoded: A complete file with three channels of 8 bits.
        size: Width and height that its header declares.

    Returns:
        uint8 `(height, width, 3)`, RGB, without the EXIF orientation applied.
    """
    decoder = _decoder()
    if decoder is None:
        return None
    try:
        decoded = decoder.decode_jpeg(
            encoded, "RGB", fastdct=False, fastupsample=False, strict=True
        )
    except (MemoryError, RuntimeError, TypeError, ValueError):
        return None  # Pillow's message is the same as for all other formats.
    return decoded if decoded.shape == (*size[::-1], 3) else None


@functools.cache
def _decoder() -> ModuleType | None:
    try:
        return importlib.import_module("simplejpeg")  # An optional dependency.
    except ImportError:
        return None
