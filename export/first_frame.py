"""Extracts the first frame of a GIF with TensorFlow's operations.

TensorFlow's own decoder decodes all frames of an animation, turns transparent pixels
black, and ignores a screen that is larger than its frames.
"""

import tensorflow as tf

from tfiqa.export.raw_bytes import bytes_at
from tfiqa.export.raw_bytes import number

_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9
_SCREEN = 13  # Bytes of the signature and of the screen descriptor.
_MOST_BLOCKS = 50_000  # Bounds the loops over files made to run them forever.


def on_screen(encoded: tf.Tensor, raw: tf.Tensor, height, width) -> tf.Tensor:
    """Returns the first frame at its position, uint8 `(height, width, 3)`.

    The rest of the screen has the first color of the color table, or is white if the
    frame has a transparent color.

    Args:
        encoded: The file, a scalar string.
        raw: Its bytes, from `raw_bytes.of`.
        height: Height of the screen in pixels, int64.
        width: Width of the screen in pixels, int64.
    """
    frame = tf.io.decode_gif(extract_first(encoded, raw))[0]
    image, control = _walk_to_image(raw)
    left, top, frame_width, frame_height = _box(raw, image)
    padding = [
        [top, height - top - frame_height],
        [left, width - left - frame_width],
        [0, 0],
    ]
    first = bytes_at(raw, _table(raw, image), 3)
    background = tf.where(
        _has_transparency(raw, control), tf.constant(255, tf.uint8), first
    )
    inside = tf.pad(tf.ones_like(frame, tf.bool), padding)
    return tf.where(inside, tf.pad(frame, padding), background)


def extract_first(encoded: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
    """Returns a GIF file with the first frame only, its transparent color white.

    The frame is moved to the top left corner.

    Args:
        encoded: The file, a scalar string.
        raw: Its bytes, from `raw_bytes.of`.
    """
    image, control = _walk_to_image(raw)
    with tf.control_dependencies([tf.debugging.Assert(_is_image(raw, image), [image])]):
        image = tf.identity(image)
    local = _table_bytes(raw, image + 9)
    end = _after_blocks(raw, image + 10 + local + 1)
    frame = tf.strings.join([_substring(encoded, 0, end), ";"])
    frame = _replaced(frame, image + 1, tf.constant(bytes(4)), 4)

    def over_white():
        flags = number(raw, control + 3, 1)
        entry = _table(raw, image) + 3 * number(raw, control + 6, 1)
        opaque = tf.gather([bytes([value]) for value in range(256)], flags - 1)
        white = _replaced(frame, entry, tf.constant(b"\xff\xff\xff"), 3)
        return _replaced(white, control + 3, opaque, 1)

    return tf.cond(_has_transparency(raw, control), over_white, lambda: frame)


def extent(raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns where the first frame ends: the row and the column after it, int64.

    Both are 0 if there is no frame.
    """
    image, _ = _walk_to_image(raw)
    left, top, width, height = _box(raw, image)
    is_image = _is_image(raw, image)
    return tuple(tf.where(is_image, end, 0) for end in (top + height, left + width))


def _box(raw, image):
    """Returns the left, the top, the width and the height of a frame."""
    return [number(raw, image + at, 2, little=True) for at in (1, 3, 5, 7)]


def _has_transparency(raw, control):
    return (control > 0) & (number(raw, control + 3, 1) % 2 == 1)


def _table(raw, image):
    """Returns the position of a frame's color table: its own, or the global one."""
    return tf.where(_table_bytes(raw, image + 9) > 0, image + 10, _SCREEN)


def _table_bytes(raw, flags_at):
    """Returns the length in bytes of the color table that the flags declare."""
    flags = number(raw, flags_at, 1)
    bits = tf.cast(flags % 8 + 1, tf.int32)
    return tf.where(flags >= 128, 3 * tf.cast(2**bits, tf.int64), 0)


def _is_image(raw, at):
    return bytes_at(raw, at, 1)[0] == _IMAGE


def _walk_to_image(raw):
    """Returns the positions of the first image and of the control block before it.

    Without an image, the first position is where one should be.
    """

    def step(at, control):
        is_control = bytes_at(raw, at + 1, 1)[0] == _CONTROL
        control = tf.where(is_control, at, control)
        return _after_blocks(raw, at + 2), control

    start = _SCREEN + _table_bytes(raw, 10)
    return tf.while_loop(
        lambda at, _: bytes_at(raw, at, 1)[0] == _EXTENSION,
        step,
        (start, tf.constant(0, tf.int64)),
        maximum_iterations=_MOST_BLOCKS,
    )


def _after_blocks(raw, at):
    """Returns the position after a series of blocks, each preceded by its length."""
    (at,) = tf.while_loop(
        lambda at: bytes_at(raw, at, 1)[0] > 0,
        lambda at: (at + 1 + number(raw, at, 1),),
        (at,),
        maximum_iterations=_MOST_BLOCKS,
    )
    return at + 1


def _replaced(text, at, new, count):
    tail = _substring(text, at + count, tf.int64.max)
    return tf.strings.join([_substring(text, 0, at), new, tail])


def _substring(text, at, length):
    return tf.strings.substr(text, tf.cast(at, tf.int64), tf.cast(length, tf.int64))
