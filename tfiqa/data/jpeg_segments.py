"""JPEG files with very many segments of metadata: without those that change nothing.

Pillow joins all EXIF segments, in time that grows with the square of their number.
"""

import struct

_MOST = 300  # A profile of the largest size takes 255.
_FIRST, _COMMENT, _SCAN = 0xE0, 0xFE, 0xDA
_COLOR = (0xE0, 0xEE)  # JFIF's and Adobe's tell the color space.
_EXIF, _PROFILE = b"Exif\0\0", b"ICC_PROFILE\0"


def bounded(encoded: bytes) -> bytes:
    """Returns a JPEG file, without most metadata where it has very many segments.

    The first orientation, the color space and the profile stay.
    """
    segments, scan = _segments(encoded)
    metadata = [segment for segment in segments if _is_metadata(encoded, segment)]
    if len(metadata) <= _MOST:
        return encoded
    dropped = set(metadata) - set(_kept(encoded, metadata))
    kept = [encoded[slice(*segment)] for segment in segments if segment not in dropped]
    return b"".join([encoded[:2], *kept, encoded[scan:]])


def _segments(encoded: bytes) -> tuple[list[tuple[int, int]], int]:
    """Returns where segments begin and end, and where the first scan begins."""
    place, segments = 2, []
    while place + 4 <= len(encoded) and encoded[place] == 0xFF:
        if encoded[place + 1] in (0xFF, _SCAN):  # Fillings are rare: left alone.
            break
        (length,) = struct.unpack_from(">H", encoded, place + 2)
        segments.append((place, place + 2 + length))
        place += 2 + length
    return segments, place


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
