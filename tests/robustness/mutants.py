"""Damaged and hostile files, each a pure function of format, fault and number.

Every fault takes a format, a whole file and a generator, and returns the bytes of the
damaged file. `FAULTS` names the formats that have it.
"""

import itertools
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tests.robustness import bombs
from tests.robustness import headers
from tests.robustness.seeds import FORMATS
from tests.robustness.seeds import seeds

# Numbers at which programs err: limits of integers, and sizes near that of the seeds.
_NUMBERS = (0, 1, 47, 49, 63, 65, 128, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31)
_LARGE = (10_001, 16_383, 40_000, 65_500, 2**24 - 1, 2**31 - 1)


@dataclass(frozen=True)
class Mutant:
    """One damaged file.

    Attributes:
        format: One of `FORMATS`.
        fault: One of `FAULTS`.
        number: Which one; the same three give the same bytes.
    """

    format: str
    fault: str
    number: int

    @property
    def seed(self) -> bytes:
        """The whole file from which it is made."""
        variants = seeds(self.format)
        return variants[self.number % len(variants)]

    @property
    def encoded(self) -> bytes:
        """The damaged file."""
        names = f"{self.format}/{self.fault}".encode()
        rng = np.random.default_rng([zlib.crc32(names), self.number])
        return FAULTS[self.fault][0](self.format, self.seed, rng)


def mutants(count: int) -> Iterator[Mutant]:
    """Yields mutants in equal shares of every format and fault."""
    pairs = [
        (format, fault) for fault, (_, having) in FAULTS.items() for format in having
    ]
    for index, (format, fault) in enumerate(itertools.cycle(pairs)):
        if index == count:
            return
        yield Mutant(format, fault, index // len(pairs))


def flipped_bits(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Flips 1 to 16 bits."""
    damaged = np.frombuffer(encoded, np.uint8).copy()
    places = rng.integers(0, len(encoded), 2 ** rng.integers(0, 5))
    for place in places:
        damaged[place] ^= 1 << rng.integers(0, 8)
    return damaged.tobytes()


def truncated(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Cuts off the end, from one byte to all but one."""
    return encoded[: int(rng.integers(1, len(encoded)))]


def lying_header(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Puts another number into one or two fields of the header."""
    if format == "PPM":
        return _ppm(encoded, rng, _NUMBERS)
    sizes = headers.size_fields(format, encoded)
    for _ in range(int(rng.integers(1, 3))):
        fields = sizes if rng.random() < 0.5 else headers.other_fields(format, encoded)
        field = fields[rng.integers(len(fields))]
        encoded = headers.with_number(encoded, field, int(rng.choice(_NUMBERS)))
    return with_right_check_sum(encoded) if format == "PNG" else encoded


def declared_bomb(format: str, encoded: bytes, rng: np.random.Generator) -> bytes:
    """Declares more pixels than anybody wants to decode."""
    if format == "PPM":
        return _ppm(encoded, rng, _LARGE)
    for field in headers.size_fields(format, encoded):
        encoded = headers.with_number(encoded, field, int(rng.choice(_LARGE)))
    return with_right_check_sum(encoded) if format == "PNG" else encoded


def with_right_check_sum(png: bytes) -> bytes:
    """Returns a PNG file whose header has the check sum of what is in it."""
    return png[:29] + struct.pack(">I", zlib.crc32(png[12:29])) + png[33:]


def _ppm(encoded: bytes, rng: np.random.Generator, numbers: tuple[int, ...]) -> bytes:
    head = re.match(rb"(P\d)\s+(\d+)\s+(\d+)\s", encoded)
    assert head is not None
    width, height = rng.choice(numbers, 2)
    if rng.random() < 0.3:
        width = int(head[2])
    return b"%s\n%d %d\n" % (head[1], width, height) + encoded[head.end() :]


FAULTS = {
    "flipped bits": (flipped_bits, FORMATS),
    "truncated": (truncated, FORMATS),
    "lying header": (lying_header, FORMATS),
    "declared bomb": (declared_bomb, FORMATS),
    "bomb in text": (bombs.bomb_in_text, ("PNG", "JPEG", "GIF", "TIFF", "WEBP")),
    "deep directories": (bombs.deep_directories, ("TIFF", "JPEG")),
    "endless frames": (bombs.endless_frames, ("GIF", "TIFF", "PNG")),
}
