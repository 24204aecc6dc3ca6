"""Colors and depth of AVIF images, as their properties declare them."""

import struct

from tfiqa.data.boxes import boxes
from tfiqa.data.boxes import first

_DEEP = 0x40  # In the third byte of `av1C`: more than 8 bits per sample.


def color_codes(encoded: bytes) -> tuple[int, int] | None:
    """Returns the codes of primaries and transfer of the image; None if undeclared.

    Those of other images in the file, such as a gain map, do not count.
    """
    for kind, content in _properties(encoded):
        if kind == b"colr" and content.startswith(b"nclx") and len(content) >= 8:
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            return primaries, transfer
    return None


def is_deep(encoded: bytes) -> bool:
    """Returns whether samples have more than 8 bits."""
    return any(
        kind == b"av1C" and len(content) > 2 and bool(content[2] & _DEEP)
        for kind, content in _properties(encoded)
    )


def _properties(encoded: bytes) -> list[tuple[bytes, bytes]]:
    """Returns kind and content of the properties of the primary image."""
    meta = first(encoded, b"meta")[4:]
    known = list(boxes(first(meta, b"iprp", b"ipco")))
    try:
        numbers = _associated(first(meta, b"iprp", b"ipma"), _primary(meta))
    except struct.error:  # Cut off: the decoder has the last word.
        return []
    return [known[number - 1] for number in numbers if 0 < number <= len(known)]


def _primary(meta: bytes) -> int:
    """Returns the id of the image that viewers show."""
    declared = first(meta, b"pitm")
    return struct.unpack_from(">I" if declared[:1] == b"\1" else ">H", declared, 4)[0]


def _associated(content: bytes, item: int) -> list[int]:
    """Returns the numbers, from 1, of the properties of an item."""
    version, flags, count = struct.unpack_from(">B3sI", content)
    id_code, number_code = ">I" if version else ">H", ">H" if flags[2] & 1 else ">B"
    offset, essential = 8, 0x8000 if flags[2] & 1 else 0x80
    for _ in range(count):
        (found,) = struct.unpack_from(id_code, content, offset)
        offset += struct.calcsize(id_code)
        (many,) = struct.unpack_from(">B", content, offset)
        offset += 1
        step = struct.calcsize(number_code)
        if found == item:
            at = range(offset, offset + step * many, step)
            return [
                struct.unpack_from(number_code, content, o)[0] & ~essential for o in at
            ]
        offset += step * many
    return []
