"""Lists of paths, as `find`, editors and other systems write them."""

import codecs
import os
from collections.abc import Iterator
from typing import BinaryIO

_BLOCK = 1 << 16


def paths_in(stream: BinaryIO) -> Iterator[str]:
    r"""Yields the paths of a list as it is read, without empty ones.

    A list has one path per line, ended by LF or CR LF. If it contains a NUL, its paths
    end in NUL (`find -print0`) and may contain line breaks. A byte order mark at the
    start is removed, and UTF-16 with such a mark is decoded.

    Args:
        stream: Bytes, since paths need not be text.
    """
    separator, pending = b"", b""
    for block in _blocks(stream):
        pending += block
        separator = separator or (b"\0" if b"\0" in pending else b"\n")
        *complete, pending = pending.split(separator)
        for path in complete:
            yield from _paths(path, separator)
    yield from _paths(pending, separator)


def _paths(line: bytes, separator: bytes) -> Iterator[str]:
    if separator == b"\n":
        line = line.removesuffix(b"\r")
    for path in line.split(b"\0"):
        if path:
            yield os.fsdecode(path)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Yields a stream in blocks as they arrive, without a byte order mark."""
    # Returns what a pipe has: paths are used while more of them are written.
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
