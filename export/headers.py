"""Reads the headers of encoded images with TensorFlow's operations.

Nothing here fails: an image of an unknown format gets the size 0 x 0. Bytes, positions
and numbers are as in `raw_bytes`.
"""

from typing import Any
from typing import NamedTuple

import tensorflow as tf

from tfiqa.export import first_frame
from tfiqa.export.raw_bytes import bytes_at
from tfiqa.export.raw_bytes import number
from tfiqa.export.raw_bytes import starts_with

JPEG, PNG, BMP, GIF, UNKNOWN = range(5)

SHORT_BMP = 12  # Bytes of the short header of BMP.
_BMP_START, _LONGEST_BMP = 14, 124
_MOST_SEGMENTS = 5_000  # Bounds the loops over files made to run them forever.
_ORIENTATION, _SHORT, _LONG = 0x0112, 3, 4


class Header(NamedTuple):
    """Format, stored height and width in pixels, and EXIF orientation of an image."""

    kind: tf.Tensor
    height: tf.Tensor
    width: tf.Tensor
    orientation: tf.Tensor


def read(encoded: tf.Tensor, raw: tf.Tensor) -> Header:
    """Returns the header of an image; `raw` holds its bytes, from `raw_bytes.of`."""
    kind = _kind(raw)
    readers = {
        JPEG: lambda: _jpeg(raw),
        PNG: lambda: _png(encoded, raw),
        BMP: lambda: _bmp(raw),
        GIF: lambda: _gif(raw),
        UNKNOWN: lambda: _header(0, 0),
    }
    height, width, orientation = tf.switch_case(kind, readers)
    return Header(kind, height, width, orientation)


def _kind(raw):
    signatures = (
        (JPEG, b"\xff\xd8\xff"),
        (PNG, b"\x89PNG\r\n\x1a\n"),
        (BMP, b"BM"),
        (GIF, b"GIF87a"),
        (GIF, b"GIF89a"),
    )
    kind = tf.constant(UNKNOWN)
    for known, signature in signatures:
        kind = tf.where(starts_with(raw, 0, signature), known, kind)
    return kind


def _header(height, width, orientation: Any = 1):
    return tuple(tf.cast(value, tf.int64) for value in (height, width, orientation))


def _jpeg(raw):
    """Reads the segments up to the first scan."""

    def is_before_end(at, *_):
        first, marker = tf.unstack(bytes_at(raw, at, 2))
        return (first == 0xFF) & (marker != 0xDA) & (marker != 0xD9)

    def step(at, height, width, exif):
        marker = tf.cast(bytes_at(raw, at, 2)[1], tf.int32)
        frame = (marker // 16 == 0xC) & tf.reduce_all(marker != (0xC4, 0xC8, 0xCC))
        height = tf.where(frame, number(raw, at + 5, 2), height)
        width = tf.where(frame, number(raw, at + 7, 2), width)
        first_exif = (marker == 0xE1) & starts_with(raw, at + 4, b"Exif\0\0")
        exif = tf.where(first_exif & (exif == 0), at + 10, exif)
        has_no_length = (marker == 0x01) | ((marker >= 0xD0) & (marker <= 0xD8))
        length = tf.where(~has_no_length, number(raw, at + 2, 2), 0)
        # Any number of 0xFF may come before a marker.
        return at + tf.where(marker != 0xFF, 2 + length, 1), height, width, exif

    start = tuple(tf.constant(value, tf.int64) for value in (2, 0, 0, 0))
    _, height, width, exif = tf.while_loop(
        is_before_end, step, start, maximum_iterations=_MOST_SEGMENTS
    )
    return _header(height, width, _orientation(raw, exif))


def _png(encoded, raw):
    # Most files have many chunks, but not this one: they need no search.
    exif = tf.cond(
        tf.strings.regex_full_match(encoded, r"\C*eXIf\C*"),
        lambda: _png_exif(raw),
        lambda: tf.constant(0, tf.int64),
    )
    declared = starts_with(raw, 12, b"IHDR")
    height = tf.where(declared, number(raw, 20, 4), 0)
    return _header(height, number(raw, 16, 4), _orientation(raw, exif))


def _png_exif(raw):
    def is_before_end(at):
        ends = starts_with(raw, at + 4, b"eXIf") | starts_with(raw, at + 4, b"IEND")
        return ~ends & (at < tf.size(raw, tf.int64))

    (at,) = tf.while_loop(
        is_before_end,
        lambda at: (at + 12 + number(raw, at, 4),),
        (tf.constant(8, tf.int64),),
        maximum_iterations=_MOST_SEGMENTS,
    )
    return tf.where(starts_with(raw, at + 4, b"eXIf"), at + 8, 0)


def _orientation(raw, exif):
    """Returns the orientation, 1 to 8, of the TIFF header at `exif`; 1 if that is 0."""
    little = bytes_at(raw, exif, 1)[0] == ord("I")

    def of(digits):
        powers = tf.constant([256**power for power in range(digits.shape[-1])], "int64")
        return tf.reduce_sum(digits * tf.where(little, powers, powers[::-1]), -1)

    directory = exif + number(raw, exif + 4, 4, little=little)
    count = number(raw, directory, 2, little=little)
    entries = bytes_at(raw, directory + 2 + 12 * tf.range(count), 12)
    entries = tf.cast(entries, tf.int64)
    kind = of(entries[:, 2:4])
    value = tf.where(kind == _LONG, of(entries[:, 8:12]), of(entries[:, 8:10]))
    is_integer = (kind == _SHORT) | (kind == _LONG)
    # The first of several values counts; longer lists are stored elsewhere.
    inline = is_integer & (of(entries[:, 4:8]) * (kind - 1) <= 4)
    is_tiff = (exif > 0) & (number(raw, exif + 2, 2, little=little) == 42)
    valid = inline & (value >= 1) & (value <= 8)
    is_orientation = is_tiff & valid & (of(entries[:, :2]) == _ORIENTATION)
    return tf.reduce_max(tf.concat([tf.where(is_orientation, value, 1), [1]], 0))


def _bmp(raw):
    def signed(at):
        value = number(raw, at, 4, little=True)
        return tf.where(value >= 2**31, value - 2**32, value)

    # Headers from before Windows 3, and of OS/2, are shorter.
    length = number(raw, 14, 4, little=True)
    short_width, short_height = (number(raw, at, 2, little=True) for at in (18, 20))
    is_known = (length >= 40) & (length <= _LONGEST_BMP)
    start = number(raw, 10, 4, little=True)
    is_known &= (start == 0) | (start >= _BMP_START + length)
    height = tf.where(is_known, tf.abs(signed(22)), 0)
    width = tf.maximum(signed(18), 0)
    is_short = length == SHORT_BMP
    return _header(
        tf.where(is_short, short_height, height), tf.where(is_short, short_width, width)
    )


def _gif(raw):
    """Enlarges the screen if the first frame extends beyond it."""
    frame = first_frame.extent(raw)
    screen = number(raw, 8, 2, little=True), number(raw, 6, 2, little=True)
    return _header(*map(tf.maximum, frame, screen))
