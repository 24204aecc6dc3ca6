"""Removes the chunks of PNG files that do not affect pixels, and checks the others.

Decoders limit the size of texts and profiles, and some refuse an image because of them;
others ignore the checksums of the chunks of pixels.
"""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# All chunks that affect the pixels, and the orientation.
_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
_KEPT = _PIXELS | {b"eXIf"}

_MAX_PROFILE = 16 << 20
_BROKEN = b"broken"  # Not a profile.


def pixel_chunks(encoded: bytes) -> bytes:
    """Returns a PNG file with only its chunks of pixels, after checking their sums.

    A truncated file stays truncated, so that the decoder notices it.

    Raises:
        ValueError: If a chunk of pixels is damaged.
    """
    kept = [SIGNATURE]
    for start, kind, end in _chunks(encoded):
        if kind not in _KEPT:
            continue
        is_complete = end <= len(encoded)
        if is_complete and not _is_right(encoded, start, end):
            if kind in _PIXELS:
                raise ValueError(f"the checksum of a chunk {kind.decode()} is wrong")
            continue
        kept.append(encoded[start:end])
        if kind == b"IEND":
            break
    return b"".join(kept)


def before_pixels(encoded: bytes) -> dict[bytes, bytes]:
    """Returns the contents of the complete chunks before the pixels, by kind.

    The first of a kind counts. A damaged chunk has no content.
    """
    found: dict[bytes, bytes] = {}
    for start, kind, end in _chunks(encoded):
        if kind == b"IDAT" or end > len(encoded):
            break
        if kind not in found:
            is_right = _is_right(encoded, start, end)
            found[kind] = encoded[start + 8 : end - 4] if is_right else b""
    return found


def profile(content: bytes) -> bytes:
    """Returns the color profile in the content of a chunk `iCCP`."""
    _, _, packed = content.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], _MAX_PROFILE) or _BROKEN
    except zlib.error:
        return _BROKEN


def is_animated(encoded: bytes) -> bool:
    """Returns whether a PNG file declares more than one frame (APNG)."""
    control = before_pixels(encoded).get(b"acTL", b"")
    return len(control) >= 4 and struct.unpack_from(">I", control)[0] > 1


def contents(encoded: bytes, kind: bytes) -> Iterator[bytes]:
    """Yields the contents of the complete chunks of a kind."""
    for start, chunk_kind, end in _chunks(encoded):
        if chunk_kind == kind and end <= len(encoded):
            yield encoded[start + 8 : end - 4]


def _chunks(encoded: bytes):
    """Yields start, kind and end of each chunk; the last may end after the file."""
    start = len(SIGNATURE)
    while start + 8 <= len(encoded):
        size, kind = struct.unpack_from(">I4s", encoded, start)
        end = start + size + 12
        yield start, kind, end
        start = end


def _is_right(encoded: bytes, start: int, end: int) -> bool:
    (stated,) = struct.unpack_from(">I", encoded, end - 4)
    return zlib.crc32(memoryview(encoded)[start + 4 : end - 4]) == stated
