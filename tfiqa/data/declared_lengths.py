"""Files whose parts are shorter than they declare, which decoders may fill in."""

import struct


def fault(encoded: bytes) -> str:
    """Returns why a WebP or AVIF file is not whole, or nothing; nothing of others."""
    try:
        if encoded[:4] == b"RIFF" and encoded[8:12] == b"WEBP":
            return _webp(encoded)
        if encoded[4:8] == b"ftyp":
            return _boxes(encoded)
    except struct.error:
        return "a part of it is cut off"
    return ""


def _webp(encoded: bytes) -> str:
    (size,) = struct.unpack_from("<I", encoded, 4)
    end, place = size + 8, 12
    if end > len(encoded):
        return f"{end:,} bytes are declared, and {len(encoded):,} are there"
    while place + 8 <= end:
        kind, length = struct.unpack_from("<4sI", encoded, place)
        place += 8 + length
        if place > end:
            return f"its part {_name(kind)} ends behind the file"
        place += length & 1
    return ""


def _boxes(encoded: bytes) -> str:
    place = 0
    while place + 8 <= len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, place)
        if length == 1:
            (length,) = struct.unpack_from(">Q", encoded, place + 8)
        elif length == 0:  # Up to the end of the file.
            return ""
        if length < 8:
            return f"its part {_name(kind)} declares {length} bytes"
        place += length
    if place > len(encoded):
        return f"its last part ends {place - len(encoded):,} bytes behind the file"
    return ""


def _name(kind: bytes) -> str:
    return repr(kind.decode("latin-1"))
