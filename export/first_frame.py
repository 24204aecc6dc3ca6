"""The first frame of a GIF as a file of its own, with TensorFlow's operations.

TensorFlow decodes all frames of an animation at once, takes what is transparent for
black, and tells nothing of a screen that is larger than its frames.
"""

import tensorflow as tf

from tfiqa.export.raw_bytes import bytes_at
from tfiqa.export.raw_bytes import number

_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9
_SCREEN = 13  # Bytes of the signature and of the screen descriptor.
_MOST_BLOCKS = 50_000  # Bytes made to keep a loop busy end there.


def on_screen(encoded: tf.Tensor, raw: tf.Tensor, height, width) -> tf.Tensor:
    """Returns the first frame in its place, uint8 `(height, width, 3)`.

    Around it is the first colour of its table, or white if some are transparent.

    Args:
        encoded: Scalar string.
        raw: Its bytes, of `raw_bytes.of`.
        height: Rows of the screen, int64.
        width: Its columns.
    """
    frame = tf.io.decode_gif(alone(encoded, raw))[0]
    image, control = _walk_to_image(raw)
    left, top, wide, tall = _box(raw, image)
    around = [[top, height - top - tall], [left, width - left - wide], [0, 0]]
    first = bytes_at(raw, _table(raw, image), 3)
    outside = tf.where(
        _has_transparency(raw, control), tf.constant(255, tf.uint8), first
    )
    inside = tf.pad(tf.ones_like(frame, tf.bool), around)
    return tf.where(inside, tf.pad(frame, around), outside)


def alone(encoded: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
    """Returns a GIF, a scalar string, of the first frame; transparent is white.

    The frame lies at the top and at the left.

    Args:
        encoded: Scalar string.
        raw: Its bytes, of `raw_bytes.of`.
    """
    image, control = _walk_to_image(raw)
    with tf.control_dependencies([tf.debugging.Assert(_is_image(raw, image), [image])]):
        image = tf.identity(image)
    local = _table_bytes(raw, image + 9)
    end = _after_blocks(raw, image + 10 + local + 1)
    frame = tf.strings.join([_piece(encoded, 0, end), ";"])
    frame = _replaced(frame, image + 1, tf.constant(bytes(4)), 4)

    def over_white():
        flags = number(raw, control + 3, 1)
        entry = _table(raw, image) + 3 * number(raw, control + 6, 1)
        opaque = tf.gather([bytes([value]) for value in range(256)], flags - 1)
        white = _replaced(frame, entry, tf.constant(b"\xff\xff\xff"), 3)
        return _replaced(white, control + 3, opaque, 1)

    return tf.cond(_has_transparency(raw, control), over_white, lambda: frame)


def reach(raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the row and the column, int64, behind the last ones of the first frame.

    They are 0 where there is no frame.
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
    """Returns the place of the colours of a frame: its own, or those of all."""
    return tf.where(_table_bytes(raw, image + 9) > 0, image + 10, _SCREEN)


def _table_bytes(raw, flags_at):
    """Returns the length of the colour table that flags tell of."""
    flags = number(raw, flags_at, 1)
    bits = tf.cast(flags % 8 + 1, tf.int32)
    return tf.where(flags >= 128, 3 * tf.cast(2**bits, tf.int64), 0)


def _is_image(raw, at):
    return bytes_at(raw, at, 1)[0] == _IMAGE


def _walk_to_image(raw):
    """Returns the places of the first image and of the control block before it.

    Where there is no image, it is the place at which one would have to be.
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
    """Returns the place behind a series of blocks, each led by its length."""
    (at,) = tf.while_loop(
        lambda at: bytes_at(raw, at, 1)[0] > 0,
        lambda at: (at + 1 + number(raw, at, 1),),
        (at,),
        maximum_iterations=_MOST_BLOCKS,
    )
    return at + 1


def _replaced(text, at, new, count):
    tail = _piece(text, at + count, tf.int64.max)
    return tf.strings.join([_piece(text, 0, at), new, tail])


def _piece(text, at, length):
    return tf.strings.substr(text, tf.cast(at, tf.int64), tf.cast(length, tf.int64))
