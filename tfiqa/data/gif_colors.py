"""Checks that the first frame of a GIF file follows its table of colors, and fits it.

Decoders show colors that the table lacks as anything: they are a sign of damage, since
the data of GIF have no checksums.
"""

import struct

import numpy as np
from PIL import Image

_EXTENSION, _IMAGE, _SCREEN = 0x21, 0x2C, 13
_PALETTES = ("P", "L")  # Modes whose pixels are numbers of colors.


def fault(encoded: bytes, image: Image.Image) -> str:
    """Returns what is wrong with the colors of the first frame; empty if nothing.

    Args:
        encoded: The file.
        image: The loaded image.
    """
    start = _first_frame(encoded)
    if start is None:
        return "an unknown block precedes the first frame"
    if image.mode not in _PALETTES:
        return ""
    left, top, width, height = struct.unpack_from("<4H", encoded, start + 1)
    count = _colors(encoded[start + 9]) or _colors(encoded[10])
    frame = np.asarray(image.crop((left, top, left + width, top + height)))
    largest = int(frame.max(initial=0))
    if count and largest >= count:
        return f"a pixel has color {largest} of a table of {count}"
    return ""


def _first_frame(encoded: bytes) -> int | None:
    """Returns the offset of the descriptor of the first frame; None if it is missing.

    Some encoders write zeros between blocks.
    """
    try:
        at = _SCREEN + 3 * _colors(encoded[10])
        while encoded[at] in (0, _EXTENSION):
            at += 1
            if encoded[at - 1] == _EXTENSION:
                at += 1
                while encoded[at]:
                    at += 1 + encoded[at]
                at += 1
        return at if encoded[at] == _IMAGE and at + 10 <= len(encoded) else None
    except IndexError:
        return None


def _colors(flags: int) -> int:
    """Returns the number of colors of the table that flags declare; 0 for none."""
    return 2 << (flags & 7) if flags & 0x80 else 0
