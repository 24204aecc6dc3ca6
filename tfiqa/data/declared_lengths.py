"""Detects files with parts shorter than declared, which decoders may fill in."""

import struct


def fault(encoded: bytes) -> str:
    """Returns why a WebP or AVIF file is incomplete; empty for other files."""
    try:
        if encoded[:4] == b"RIFF" and encoded[8:12] == b"WEBP":
            return _webp(encoded)
        if encoded[4:8] == b"ftyp":
            return _boxes(encoded)
    except struct.error:
        return "it is cut off"
    return ""


def _webp(encoded: bytes) -> str:
    (size,) = struct.unpack_from("<I", encoded, 4)
    end, offset = size + 8, 12
    if end > len(encoded):
        return f"it declares {end:,} bytes, and has {len(encoded):,}"
    while offset + 8 <= end:
        kind, length = struct.unpack_from("<4sI", encoded, offset)
        offset += 8 + length
        if offset > end:
            return f"its part {_name(kind)} ends after the end of the file"
        offset += length & 1
    return ""


def _boxes(encoded: bytes) -> str:
    offset = 0
    while offset + 8 <= len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, offset)
        if length == 1:
            (length,) = struct.unpack_from(">Q", encoded, offset + 8)
        elif length == 0:  # It extends to the end of the file.
            return ""
        if length < 8:
            return f"its part {_name(kind)} declares {length} bytes"
        offset += length
    if offset > len(encoded):
        return f"its last part ends {offset - len(encoded):,} bytes after the file does"
    return ""


def _name(kind: bytes) -> str:
    return repr(kind.decode("latin-1"))
