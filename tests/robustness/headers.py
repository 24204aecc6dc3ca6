"""Where the headers of formats keep their numbers.

A field is an offset in the file and a code of `struct` for what is there.
"""

import struct

Field = tuple[int, str]

# The last markers of frames of JPEG: baseline to progressive.
_FRAMES = (b"\xff\xc0", b"\xff\xc1", b"\xff\xc2")
_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257


def size_fields(format: str, encoded: bytes) -> list[Field]:
    """Returns the fields of width and height; those of a frame follow its canvas'."""
    return {
        "JPEG": _jpeg,
        "PNG": lambda _: [(16, ">I"), (20, ">I")],
        "GIF": _gif,
        "BMP": lambda _: [(18, "<i"), (22, "<i")],
        "DIB": lambda _: [(4, "<i"), (8, "<i")],
        "TIFF": _tiff_sizes,
        "WEBP": _webp,
        "AVIF": _avif,
        "JPEG2000": _jpeg2000,
        "PPM": lambda _: [],
        "TGA": lambda _: [(12, "<H"), (14, "<H")],
    }[format](encoded)


def other_fields(format: str, encoded: bytes) -> list[Field]:
    """Returns fields of the header other than width and height."""
    if format == "TIFF":
        return [(4, "<I"), *_tiff_entries(encoded)]
    if format == "AVIF":
        return [(at, ">I") for at in range(0, min(len(encoded), 300) - 4, 4)]
    ends = {"JPEG": 40, "PNG": 29, "GIF": 40, "BMP": 54, "DIB": 40, "WEBP": 34}
    end = min(ends.get(format, 18 if format == "TGA" else 90), len(encoded) - 2)
    return [(at, "<H") for at in range(0, end, 2)]


def with_number(encoded: bytes, field: Field, value: int) -> bytes:
    """Returns a file with another number in a field, cut to its bits."""
    offset, code = field
    size = struct.calcsize(code)
    order = "little" if code[0] == "<" else "big"
    number = (value % (1 << 8 * size)).to_bytes(size, order)
    return encoded[:offset] + number + encoded[offset + size :]


def number_at(encoded: bytes, field: Field) -> int:
    """Returns the number in a field."""
    return struct.unpack_from(field[1], encoded, field[0])[0]


def _jpeg(encoded: bytes) -> list[Field]:
    at = min(at for at in map(encoded.find, _FRAMES) if at >= 0)
    return [(at + 7, ">H"), (at + 5, ">H")]


def _gif(encoded: bytes) -> list[Field]:
    frame = encoded.index(b"\x2c\0\0\0\0", 13)
    return [(6, "<H"), (8, "<H"), (frame + 5, "<H"), (frame + 7, "<H")]


def _tiff_entries(encoded: bytes) -> list[Field]:
    """Returns type, count and value of each entry of the first directory."""
    start = number_at(encoded, (4, "<I"))
    count = number_at(encoded, (start, "<H"))
    entries = [start + 2 + 12 * number for number in range(count)]
    return [
        (at + offset, code)
        for at in entries
        for offset, code in ((2, "<H"), (4, "<I"), (8, "<I"))
    ]


def _tiff_sizes(encoded: bytes) -> list[Field]:
    values = {
        number_at(encoded, (at - 8, "<H")): (at, "<I")
        for at, _ in _tiff_entries(encoded)[2::3]
    }
    return [values[_TIFF_WIDTH], values[_TIFF_HEIGHT]]


def _webp(encoded: bytes) -> list[Field]:
    kind = encoded[12:16]
    if kind == b"VP8 ":
        return [(26, "<H"), (28, "<H")]
    if kind == b"VP8L":
        return [(21, "<I")]
    return [(24, "<H"), (27, "<H")]


def _avif(encoded: bytes) -> list[Field]:
    at = encoded.index(b"ispe") + 8
    return [(at, ">I"), (at + 4, ">I")]


def _jpeg2000(encoded: bytes) -> list[Field]:
    at = encoded.index(b"\xff\x51") + 6
    fields: list[Field] = [(at, ">I"), (at + 4, ">I")]
    if (box := encoded.find(b"ihdr")) >= 0:
        fields += [(box + 8, ">I"), (box + 4, ">I")]
    return fields
