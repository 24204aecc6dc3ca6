"""Files that are small, or nearly whole, and ask for endless work or memory."""

import functools
import struct
import zlib

import numpy as np

_TEXT = 256 << 20  # Bytes into which a compressed text unpacks.


def bomb_in_text(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Adds texts or profiles that unpack to hundreds of megabytes, or very many."""
    return {
        "PNG": _png_text,
        "JPEG": _jpeg_segments,
        "GIF": _gif_comments,
        "TIFF": _tiff_text,
        "WEBP": _webp_metadata,
    }[format](encoded, rng)


def deep_directories(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Adds a chain of directories of TIFF or EXIF: long, looping, or leading away."""
    if format == "JPEG":
        exif = b"Exif\0\0" + _chain(rng, b"II*\0" + struct.pack("<I", 8), long=500)
        segment = struct.pack(">HH", 0xFFE1, len(exif) + 2) + exif
        return encoded[:2] + segment + encoded[2:]
    start = struct.unpack_from("<I", encoded, 4)[0]
    count = struct.unpack_from("<H", encoded, start)[0]
    link = start + 2 + 12 * count
    linked = bytearray(encoded + bytes(len(encoded) % 2))
    loops = rng.random() < 0.3
    target = start if loops else len(linked)
    linked[link : link + 4] = struct.pack("<I", target)
    return bytes(linked) if loops else _chain(rng, bytes(linked), long=20_000)


def endless_frames(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Repeats frames thousands of times, with or without an end."""
    if format == "GIF":
        start = encoded.index(b"\x2c\0\0\0\0", 13)
        frame = encoded[start:-1]
        end = encoded[-1:] if rng.random() < 0.5 else b""
        return (
            encoded[:-1] + frame * int(rng.integers(2, (8 << 20) // len(frame))) + end
        )
    if format == "PNG":
        times = int(rng.integers(2, 5000))
        control = _chunk(b"acTL", struct.pack(">II", times, 0))
        return (
            encoded[:33] + control + _chunk(b"fcTL", bytes(26)) * times + encoded[33:]
        )
    return deep_directories("TIFF", encoded, rng)


def _chain(rng: np.random.Generator, start: bytes, *, long: int) -> bytes:
    """Appends directories that each lead to the next, and the last to anywhere."""
    count = int(rng.integers(1, long))
    at, parts = len(start), [start]
    for _ in range(count):
        entry = struct.pack("<HHII", int(rng.choice([254, 270, 330, 0x8769])), 4, 1, at)
        at += 18
        parts.append(struct.pack("<H", 1) + entry + struct.pack("<I", at))
    last = int(rng.choice([0, 8, 2**32 - 2]))
    return b"".join(parts)[:-4] + struct.pack("<I", last)


def _png_text(encoded: bytes, rng: np.random.Generator) -> bytes:
    kind, head = [
        (b"zTXt", b"k\0\0"),
        (b"iTXt", b"k\0\1\0\0\0"),
        (b"iCCP", b"k\0\0"),
    ][rng.integers(3)]
    bomb = _chunk(kind, head + _packed_text()) * int(rng.integers(1, 4))
    if rng.random() < 0.5:  # Before the pixels, or behind them.
        return encoded[:33] + bomb + encoded[33:]
    return encoded[:-12] + bomb + encoded[-12:]


def _jpeg_segments(encoded: bytes, rng: np.random.Generator) -> bytes:
    marker = int(rng.choice([0xFFFE, 0xFFE1, 0xFFE2, 0xFFED]))
    head = b"ICC_PROFILE\0\1\xff" if marker == 0xFFE2 else b"Exif\0\0"
    content = head + bytes(int(rng.integers(1, 60_000)))
    segment = struct.pack(">HH", marker, len(content) + 2) + content
    times = min(int(rng.integers(1, 2000)), (16 << 20) // len(segment))
    return encoded[:2] + segment * max(times, 1) + encoded[2:]


def _gif_comments(encoded: bytes, rng: np.random.Generator) -> bytes:
    start = encoded.index(b"\x2c\0\0\0\0", 13)
    comment = b"\x21\xfe" + (b"\xff" + b"c" * 255) * int(rng.integers(1, 100)) + b"\0"
    times = min(int(rng.integers(1, 5000)), (16 << 20) // len(comment))
    return encoded[:start] + comment * times + encoded[start:]


def _tiff_text(encoded: bytes, rng: np.random.Generator) -> bytes:
    """Declares that the value of an entry has up to 4 GiB."""
    start = struct.unpack_from("<I", encoded, 4)[0]
    count = struct.unpack_from("<H", encoded, start)[0]
    at = start + 2 + 12 * int(rng.integers(count))
    lie = struct.pack("<HI", int(rng.choice([2, 7, 12])), int(rng.choice(_COUNTS)))
    return encoded[: at + 2] + lie + encoded[at + 8 :]


_COUNTS = (2**16, 2**24, 2**29, 2**31 - 1, 2**32 - 1)


def _webp_metadata(encoded: bytes, rng: np.random.Generator) -> bytes:
    kind = [b"EXIF", b"XMP ", b"ICCP"][rng.integers(3)]
    content = bytes(int(rng.integers(1, 4 << 20)))
    chunk = kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
    grown = encoded[:12] + encoded[12:] + chunk
    return grown[:4] + struct.pack("<I", len(grown) - 8) + grown[8:]


@functools.cache
def _packed_text() -> bytes:
    packer = zlib.compressobj(9)
    block = b"A" * (1 << 20)
    packed = [packer.compress(block) for _ in range(_TEXT >> 20)]
    return b"".join([*packed, packer.flush()])


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
