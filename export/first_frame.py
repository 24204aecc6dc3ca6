"""The first frame of a GIF as a file of its own, with TensorFlow's operations.

TensorFlow decodes all frames of an animation at once, and takes what is transparent for
black.
"""

import tensorflow as tf

from tfiqa.export.raw_bytes import bytes_at
from tfiqa.export.raw_bytes import number

_EXTENSION, _IMAGE, _CONTROL = 0x21, 0x2C, 0xF9
_SCREEN = 13  # Bytes of the signature and of the screen descriptor.
_MOST_BLOCKS = 50_000  # Bytes made to keep a loop busy end there.


def alone(encoded: tf.Tensor, raw: tf.Tensor) -> tf.Tensor:
    """Returns a GIF, a scalar string, up to its first frame; transparent is white.

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

    def over_white():
        flags = number(raw, control + 3, 1)
        table = tf.where(local > 0, image + 10, _SCREEN)
        entry = table + 3 * number(raw, control + 6, 1)
        opaque = tf.gather([bytes([value]) for value in range(256)], flags - 1)
        white = _replaced(frame, entry, tf.constant(b"\xff\xff\xff"), 3)
        return _replaced(white, control + 3, opaque, 1)

    transparent = (control > 0) & (number(raw, control + 3, 1) % 2 == 1)
    return tf.cond(transparent, over_white, lambda: frame)


def reach(raw: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the row and the column, int64, behind the last ones of the first frame.

    They are 0 where there is no frame.
    """
    image, _ = _walk_to_image(raw)
    left, top, width, height = (
        number(raw, image + at, 2, little=True) for at in (1, 3, 5, 7)
    )
    is_image = _is_image(raw, image)
    return tuple(tf.where(is_image, end, 0) for end in (top + height, left + width))


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
