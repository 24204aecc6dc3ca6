"""The markers of a JPEG file: what its decoder does not look at, or forgives.

Decoders go on where the data of a scan are damaged, and fill in what is missing. The
data have no check sums, but the markers among them have an order, and a number.
"""

import dataclasses
import math
import re
import struct
from collections.abc import Iterator

_START, _END, _SCAN, _RESTART_INTERVAL = 0xD8, 0xD9, 0xDA, 0xDD
_RESTARTS = range(0xD0, 0xD8)
# Huffman tables, an extension, and conditions of arithmetic coding share the numbers
# of frames.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# What may follow the data of a scan: tables, lines, applications and comments.
_AFTER_SCAN = frozenset(
    {0xC4, 0xCC, _END, _SCAN, 0xDB, 0xDC, _RESTART_INTERVAL, 0xFE, *range(0xE0, 0xF0)}
)
# In the data of a scan, 0xFF is followed by zero or is a marker; fillings may precede.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")


@dataclasses.dataclass
class _Frame:
    """What a frame header says: sides in pixels, and sampling by component."""

    height: int
    width: int
    sampling: dict[int, tuple[int, int]]

    def units(self, components: bytes) -> int:
        """Returns how many units lie between the first and the last of a scan."""
        across, down = (max(s[k] for s in self.sampling.values()) for k in (0, 1))
        if len(components) > 1:
            return math.ceil(self.width / (8 * across)) * math.ceil(
                self.height / (8 * down)
            )
        own = self.sampling[components[0]]
        width = math.ceil(self.width * own[0] / across)
        height = math.ceil(self.height * own[1] / down)
        return math.ceil(width / 8) * math.ceil(height / 8)


def fault(encoded: bytes) -> str:
    """Returns what is wrong with the markers of a JPEG file, or nothing.

    Looks at the first picture of the file, up to its end marker.
    """
    try:
        return next(_faults(encoded), "")
    except (IndexError, KeyError, struct.error, ZeroDivisionError):
        return "a segment of its header is damaged"


def lacks_scans(encoded: bytes) -> bool:
    """Returns whether scans of a progressive file are missing that tell all its bits.

    Such a file may be meant as it is; more often it was cut off.
    """
    missing: dict[int, list[int]] = {}
    for start in _scans(encoded):
        count = encoded[start + 2]
        components = encoded[start + 3 : start + 3 + 2 * count : 2]
        first, last, bits = encoded[start + 3 + 2 * count : start + 6 + 2 * count]
        for component in components:
            lowest = missing.setdefault(component, [1] * 64)
            lowest[first : last + 1] = [bits & 15] * (last + 1 - first)
    return any(map(any, missing.values()))


def _scans(encoded: bytes) -> Iterator[int]:
    """Yields where the headers of scans begin, behind their markers."""
    place = 2
    while found := _MARKER.search(encoded, place):
        marker, place = encoded[found.start() + 1], found.end()
        if marker == _END:
            return
        if marker in _RESTARTS or marker in (0x01, _START):
            continue
        if marker == _SCAN:
            yield place
        place += struct.unpack_from(">H", encoded, place)[0]


def _faults(encoded: bytes) -> Iterator[str]:
    place, interval, frame = 2, 0, None
    while found := _MARKER.search(encoded, place):
        marker, place = encoded[found.start() + 1], found.end()
        if marker == _END:
            return
        if marker in _RESTARTS or marker in (0x01, _START):
            continue
        (length,) = struct.unpack_from(">H", encoded, place)
        if marker == _RESTART_INTERVAL:
            (interval,) = struct.unpack_from(">H", encoded, place + 2)
        elif marker in _FRAMES:
            if frame is not None:
                yield "a second frame lies within the first"
            frame = _frame(encoded, place)
        start, place = place, place + length
        if marker == _SCAN:
            units = None
            if frame is not None and frame.height:
                count = encoded[start + 2]
                units = frame.units(encoded[start + 3 : start + 3 + 2 * count : 2])
            restarts, place = _restarts(encoded, place)
            yield from _scan_faults(encoded, place, restarts, interval, units)


def _frame(encoded: bytes, place: int) -> _Frame:
    height, width, count = struct.unpack_from(">HHB", encoded, place + 3)
    sampling = {}
    for at in range(place + 8, place + 8 + 3 * count, 3):
        both = encoded[at + 1]
        sampling[encoded[at]] = (both >> 4, both & 15)
    return _Frame(height, width, sampling)


def _restarts(encoded: bytes, place: int) -> tuple[list[int], int]:
    """Returns the restart markers of a scan, and where the marker behind it lies."""
    restarts = []
    while found := _MARKER.search(encoded, place):
        if encoded[found.start() + 1] not in _RESTARTS:
            return restarts, found.start()
        restarts.append(encoded[found.start() + 1] - _RESTARTS[0])
        place = found.end()
    return restarts, len(encoded)


def _scan_faults(
    encoded: bytes, place: int, restarts: list[int], interval: int, units: int | None
) -> Iterator[str]:
    if place < len(encoded):
        marker = encoded[place + 1]
        if marker not in _AFTER_SCAN:
            yield f"the data of a scan hold a marker 0xFF{marker:02X}"
        elif marker != _END:
            (length,) = struct.unpack_from(">H", encoded, place + 2)
            if place + 2 + length > len(encoded):
                yield "a segment ends behind the file"
    if restarts and not interval:
        yield "the data of a scan hold a restart marker, of which none are declared"
    if any(number != k % 8 for k, number in enumerate(restarts)):
        yield "a restart marker is missing, or is in the wrong place"
    if interval and units is not None:
        expected = math.ceil(units / interval) - 1
        # Some encoders write one behind the last interval too.
        if len(restarts) not in (expected, expected + 1):
            yield f"{expected} restart markers are expected, not {len(restarts)}"
