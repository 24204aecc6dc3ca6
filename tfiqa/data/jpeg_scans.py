"""Checks the markers of a JPEG file, where decoders ignore faults.

Decoders continue after damage in the data of a scan, and fill in missing pixels. The
data have no checksums, but the order and the number of their markers are known.
"""

import dataclasses
import math
import re
import struct
from collections.abc import Iterator

_START, _END, _SCAN, _RESTART_INTERVAL = 0xD8, 0xD9, 0xDA, 0xDD
_RESTARTS = range(0xD0, 0xD8)
# Huffman tables, an extension and arithmetic-coding conditions have numbers in the same
# range.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that may follow the data of a scan: tables, number of lines, application
# segments and comments.
_AFTER_SCAN = frozenset(
    {0xC4, 0xCC, _END, _SCAN, 0xDB, 0xDC, _RESTART_INTERVAL, 0xFE, *range(0xE0, 0xF0)}
)
# In the data of a scan, 0xFF is followed by zero or begins a marker. Padding may
# precede a marker.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")


@dataclasses.dataclass
class _Frame:
    """A frame header: sides in pixels, and sampling factors by component."""

    height: int
    width: int
    sampling: dict[int, tuple[int, int]]

    def units(self, components: bytes) -> int:
        """Returns the number of coded units in a scan."""
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
    """Returns what is wrong with the markers of a JPEG file; empty if nothing.

    Checks the first image of the file, up to its end marker.
    """
    try:
        return next(_faults(encoded), "")
    except (IndexError, KeyError, struct.error, ZeroDivisionError):
        return "a segment of its header is damaged"


def lacks_scans(encoded: bytes) -> bool:
    """Returns whether a progressive file lacks scans with some of its bits.

    Such a file may be intended; more often it was cut off.
    """
    missing: dict[int, list[int]] = {}
    for marker, start in _segments(encoded):
        if marker != _SCAN:
            continue
        count = encoded[start + 2]
        components = encoded[start + 3 : start + 3 + 2 * count : 2]
        first, last, bits = encoded[start + 3 + 2 * count : start + 6 + 2 * count]
        for component in components:
            lowest = missing.setdefault(component, [1] * 64)
            lowest[first : last + 1] = [bits & 15] * (last + 1 - first)
    return any(map(any, missing.values()))


def _segments(encoded: bytes) -> Iterator[tuple[int, int]]:
    """Yields the marker of each segment, and the offset of its length."""
    offset = 2
    while match := _MARKER.search(encoded, offset):
        marker, offset = encoded[match.start() + 1], match.end()
        if marker == _END:
            return
        if marker in _RESTARTS or marker in (0x01, _START):
            continue
        yield marker, offset
        offset += struct.unpack_from(">H", encoded, offset)[0]


def _faults(encoded: bytes) -> Iterator[str]:
    interval, frame = 0, None
    for marker, start in _segments(encoded):
        (length,) = struct.unpack_from(">H", encoded, start)
        if length < 2:  # It counts itself.
            yield f"a segment declares {length} bytes"
        if marker == _RESTART_INTERVAL:
            (interval,) = struct.unpack_from(">H", encoded, start + 2)
        elif marker in _FRAMES:
            if frame is not None:
                yield "it has a second frame header"
            frame = _frame(encoded, start)
        elif marker == _SCAN:
            units = None
            if frame is not None and frame.height:
                count = encoded[start + 2]
                units = frame.units(encoded[start + 3 : start + 3 + 2 * count : 2])
            restarts, end = _restarts(encoded, start + length)
            yield from _scan_faults(encoded, end, restarts, interval, units)


def _frame(encoded: bytes, offset: int) -> _Frame:
    height, width, count = struct.unpack_from(">HHB", encoded, offset + 3)
    sampling = {}
    for component in range(offset + 8, offset + 8 + 3 * count, 3):
        factors = encoded[component + 1]
        sampling[encoded[component]] = (factors >> 4, factors & 15)
    return _Frame(height, width, sampling)


def _restarts(encoded: bytes, offset: int) -> tuple[list[int], int]:
    """Returns the restart markers of a scan, and the offset of the next marker."""
    restarts = []
    while match := _MARKER.search(encoded, offset):
        if encoded[match.start() + 1] not in _RESTARTS:
            return restarts, match.start()
        restarts.append(encoded[match.start() + 1] - _RESTARTS[0])
        offset = match.end()
    return restarts, len(encoded)


def _scan_faults(
    encoded: bytes, offset: int, restarts: list[int], interval: int, units: int | None
) -> Iterator[str]:
    if offset < len(encoded):
        marker = encoded[offset + 1]
        if marker not in _AFTER_SCAN:
            yield f"the data of a scan contain a marker 0xFF{marker:02X}"
        elif marker != _END:
            (length,) = struct.unpack_from(">H", encoded, offset + 2)
            if offset + 2 + length > len(encoded):
                yield "a segment ends after the end of the file"
    if restarts and not interval:
        yield "the data of a scan have undeclared restart markers"
    if any(number != k % 8 for k, number in enumerate(restarts)):
        yield "a restart marker is missing, or is in the wrong place"
    if interval and units is not None:
        expected = math.ceil(units / interval) - 1
        # Some encoders write another one after the last interval.
        if len(restarts) not in (expected, expected + 1):
            yield f"{expected} restart markers are expected, not {len(restarts)}"
