"""The header of JPEG XL: sides, and whether colors are sRGB."""

CODESTREAM, CONTAINER = b"\xff\x0a", b"\x00\x00\x00\x0cJXL \r\n\x87\n"
# Width and height for each value of `ratio` in the header.
_RATIOS = ((0, 0), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_GRAY, _D65, _SRGB, _SRGB_CURVE = 1, 1, 1, 13
_BYTES = 64  # Enough for all fields that are read.


def read(encoded: bytes) -> tuple[int, int, bool]:
    """Returns height, width, and whether colors are known to be sRGB or gray.

    Raises:
        ValueError: If the header is damaged.
    """
    stream = _codestream(encoded)
    if not stream.startswith(CODESTREAM):
        raise ValueError("it has no JPEG XL codestream")
    bits = _Bits(stream[2:])
    small = bits.flag()
    height = _side(bits, small)
    across, down = _RATIOS[bits.take(3)]
    width = height * across // down if down else _side(bits, small)
    return height, width, _is_srgb(bits)


class _Bits:
    """Reads numbers from bytes, lowest bit first."""

    def __init__(self, content: bytes):
        self._number = int.from_bytes(content, "little")
        self._remaining = 8 * len(content)

    def take(self, count: int) -> int:
        if count > self._remaining:
            raise ValueError("its header is cut off")
        taken = self._number & ((1 << count) - 1)
        self._number >>= count
        self._remaining -= count
        return taken

    def flag(self) -> bool:
        return bool(self.take(1))

    def chosen(self, *choices: tuple[int, int]) -> int:
        """Returns one of four numbers, each an offset plus a value of so many bits."""
        offset, count = choices[self.take(2)]
        return offset + self.take(count)

    def kind(self) -> int:
        return self.chosen((0, 0), (1, 0), (2, 4), (18, 6))


def _side(bits: _Bits, small: bool) -> int:
    if small:
        return 8 * (bits.take(5) + 1)
    return bits.chosen((1, 9), (1, 13), (1, 18), (1, 30))


def _is_srgb(bits: _Bits) -> bool:
    if bits.flag():  # All fields have their defaults.
        return True
    if bits.flag():
        bits.take(3)  # Orientation, which the decoder applies.
        if bits.take(3):  # Another size, a preview or an animation: rare.
            return False
    if bits.flag():  # Floating point.
        return False
    bits.chosen((8, 0), (10, 0), (12, 0), (1, 6))
    bits.take(1)
    extra = bits.chosen((0, 0), (1, 0), (2, 4), (1, 12))
    # Only the default kind of transparency is supported here.
    if extra > 1 or (extra and not bits.flag()):
        return False
    bits.take(1)  # Whether it is lossy.
    return bits.flag() or _is_encoded_srgb(bits)


def _is_encoded_srgb(bits: _Bits) -> bool:
    if bits.flag():  # A profile.
        return False
    space = bits.kind()
    if space > _GRAY or bits.kind() != _D65:
        return False
    if space != _GRAY and bits.kind() != _SRGB:
        return False
    return not bits.flag() and bits.kind() == _SRGB_CURVE


def _codestream(encoded: bytes) -> bytes:
    """Returns the beginning of the codestream, which may be inside a container."""
    if not encoded.startswith(CONTAINER):
        return encoded[:_BYTES]
    offset = 0
    while offset + 8 <= len(encoded):
        size = int.from_bytes(encoded[offset : offset + 4], "big")
        kind, start = encoded[offset + 4 : offset + 8], offset + 8
        if size == 1:
            size = int.from_bytes(encoded[start : start + 8], "big")
            start += 8
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0
            return encoded[start : start + _BYTES]
        if size < 8:
            break
        offset += size
    return b""
