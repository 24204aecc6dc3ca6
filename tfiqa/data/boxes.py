"""Boxes, of which files of the ISO base media family consist (AVIF, JP2, JPEG XL)."""

import struct
from collections.abc import Iterator


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields kind and content of each box; the last one may be cut off.

    Stops at a box whose length is impossible.

    Args:
        content: A file, or the content of a box that holds boxes.
    """
    offset = 0
    while offset + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, offset)
        start = offset + 8
        if length == 1 and start + 8 <= len(content):
            (length,) = struct.unpack_from(">Q", content, start)
            start += 8
        elif length == 0:  # It extends to the end.
            length = len(content) - offset
        if offset + length < start:
            return
        yield kind, content[start : offset + length]
        offset += length


def first(content: bytes, *path: bytes) -> bytes:
    """Returns the content of the first box at a path of kinds; empty if missing."""
    for kind in path:
        content = next((inner for name, inner in boxes(content) if name == kind), b"")
    return content
