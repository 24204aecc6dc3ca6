"""Removes metadata from JPEG files with very many segments of it.

Pillow joins all EXIF segments, in time quadratic in their number.
"""

import struct

_MAX_SEGMENTS = 300  # The largest profile takes 255.
_FIRST, _COMMENT, _SCAN = 0xE0, 0xFE, 0xDA
_COLOR = (0xE0, 0xEE)  # The segments of JFIF and Adobe define the color space.
_EXIF, _PROFILE = b"Exif\0\0", b"ICC_PROFILE\0"


def bounded(encoded: bytes) -> bytes:
    """Returns a JPEG file, without most of its metadata if it has too many segments.

    The first orientation, the color space and the profile are kept.
    """
    segments, scan = _segments(encoded)
    metadata = [segment for segment in segments if _is_metadata(encoded, segment)]
    if len(metadata) <= _MAX_SEGMENTS:
        return encoded
    removed = set(metadata) - set(_kept(encoded, metadata))
    kept = [encoded[slice(*segment)] for segment in segments if segment not in removed]
    return b"".join([encoded[:2], *kept, encoded[scan:]])


def _segments(encoded: bytes) -> tuple[list[tuple[int, int]], int]:
    """Returns start and end of each segment, and the offset of the first scan."""
    offset, segments = 2, []
    while offset + 4 <= len(encoded) and encoded[offset] == 0xFF:
        if encoded[offset + 1] in (
            0xFF,
            _SCAN,
        ):  # Padding is rare: such files stay unchanged.
            break
        (length,) = struct.unpack_from(">H", encoded, offset + 2)
        segments.append((offset, offset + 2 + length))
        offset += 2 + length
    return segments, offset


def _is_metadata(encoded: bytes, segment: tuple[int, int]) -> bool:
    marker = encoded[segment[0] + 1]
    return _FIRST <= marker <= _FIRST + 15 or marker == _COMMENT


def _kept(encoded: bytes, metadata: list[tuple[int, int]]) -> list[tuple[int, int]]:
    def begins(segment: tuple[int, int], name: bytes) -> bool:
        return encoded.startswith(name, segment[0] + 4)

    exif = [segment for segment in metadata if begins(segment, _EXIF)]
    profile = [segment for segment in metadata if begins(segment, _PROFILE)]
    color = [s for s in metadata if encoded[s[0] + 1] in _COLOR]
    return [*exif[:1], *profile[:255], *color[:2]]
