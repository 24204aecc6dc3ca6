"""Lists of paths, as `find`, editors and other systems write them."""

import codecs
import os
from collections.abc import Iterator
from typing import BinaryIO

_BLOCK = 1 << 16


def paths_in(stream: BinaryIO) -> Iterator[str]:
    r"""Yields the paths of a list as it is read; empty ones are left out.

    One path a line, which ends in LF or CR LF; or, where there is a NUL in the list,
    paths that end in NUL (`find -print0`), which may contain line breaks. A byte order
    mark at the start is left out, and UTF-16 with such a mark is understood.

    Args:
        stream: Bytes, since paths need not be text.
    """
    separator, waiting = b"", b""
    for block in _blocks(stream):
        waiting += block
        separator = separator or (b"\0" if b"\0" in waiting else b"\n")
        *complete, waiting = waiting.split(separator)
        for path in complete:
            yield from _paths(path, separator)
    yield from _paths(waiting, separator)


def _paths(line: bytes, separator: bytes) -> Iterator[str]:
    if separator == b"\n":
        line = line.removesuffix(b"\r")
    for path in line.split(b"\0"):
        if path:
            yield os.fsdecode(path)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yields a stream in blocks, as they come, without a byte order mark."""
    # A pipe is not waited for: paths are used while more of them are written.
    read = getattr(stream, "read1", stream.read)
    first = read(_BLOCK)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
        while first:
            yield decoder.decode(first).encode("utf-8", "surrogatepass")
            first = read(_BLOCK)
        return
    yield first.removeprefix(codecs.BOM_UTF8)
    while block := read(_BLOCK):
        yield block
