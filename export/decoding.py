"""Decodes images inside a SavedModel to the same pixels as `tfiqa.data.decode`.

JPEG, PNG, BMP and the first frame of GIF, which TensorFlow 2.15 and later decode. Sizes
are checked before pixels are decoded.
"""

import tensorflow as tf

from tfiqa.data.decode import MAX_PIXELS
from tfiqa.export import first_frame
from tfiqa.export import headers
from tfiqa.export import raw_bytes

OK, UNDECODABLE, TOO_LARGE = range(3)


def decoded(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns `OK`, `UNDECODABLE` or `TOO_LARGE`, int32, and the upright pixels.

    Pixels are uint8 `(height, width, 3)`; one black pixel if nothing is decoded.

    Args:
        encoded: The file, a scalar string.
    """
    # An error would end the model; in a dataset it only drops an element.
    attempt = tf.data.Dataset.from_tensors(encoded).map(_decoded).ignore_errors()
    fallback = tf.data.Dataset.from_tensors(_no_pixels(UNDECODABLE))
    status, image = attempt.concatenate(fallback).take(1).get_single_element()
    return status, tf.ensure_shape(image, (None, None, 3))


@tf.autograph.experimental.do_not_convert
def _decoded(encoded):
    raw = raw_bytes.of(encoded)
    header = headers.read(encoded, raw)
    # Compare one side: the product of two large ones overflows.
    empty = (header.height < 1) | (header.width < 1)
    large = header.height > MAX_PIXELS // tf.maximum(header.width, 1)
    return tf.case(
        [
            (empty, lambda: _no_pixels(UNDECODABLE)),
            (large, lambda: _no_pixels(TOO_LARGE)),
        ],
        default=lambda: (tf.constant(OK), _pixels(encoded, raw, header)),
    )


def _no_pixels(status: int):
    return tf.constant(status), tf.zeros((1, 1, 3), tf.uint8)


def _pixels(encoded, raw, header: headers.Header):
    decoders = {
        headers.JPEG: lambda: tf.io.decode_jpeg(
            encoded, channels=3, dct_method="INTEGER_ACCURATE"
        ),
        headers.PNG: lambda: _png(encoded, raw),
        headers.BMP: lambda: _bmp(encoded, raw, header),
        headers.GIF: lambda: first_frame.on_screen(
            encoded, raw, header.height, header.width
        ),
    }
    pixels = tf.switch_case(header.kind, decoders)
    return _upright(tf.ensure_shape(pixels, (None, None, 3)), header.orientation)


def _png(encoded, raw):
    pixels = tf.io.decode_png(encoded, channels=4)
    color, alpha = pixels[..., :3], pixels[..., 3:]
    # Without alpha, TensorFlow fills in the largest value of the bit depth.
    depth = tf.minimum(tf.cast(raw_bytes.number(raw, 24, 1), tf.int32), 8)
    opaque = tf.cast(tf.pow(2, depth) - 1, tf.uint8)

    return tf.cond(
        tf.reduce_all(alpha == opaque), lambda: color, lambda: _over_white(color, alpha)
    )


def _over_white(color, alpha):
    c, a = tf.cast(color, tf.uint16), tf.cast(alpha, tf.uint16)
    white = tf.constant(255, tf.uint16)
    return tf.cast((c * a + white * (white - a) + 127) // white, tf.uint8)


def _bmp(encoded, raw, header):
    is_short = raw_bytes.number(raw, 14, 4, little=True) == headers.SHORT_BMP
    return tf.cond(
        is_short,
        lambda: _short_bmp(raw, header),
        lambda: _long_bmp(encoded, raw, header),
    )


def _short_bmp(raw, header):
    """Reads 24-bit rows from the bottom up; TensorFlow knows no short header."""
    depth = raw_bytes.number(raw, 24, 2, little=True)
    start = raw_bytes.number(raw, 10, 4, little=True)
    row = (3 * header.width + 3) // 4 * 4
    end = start + row * header.height
    complete = (depth == 24) & (end <= tf.size(raw, tf.int64) - raw_bytes.BEHIND)
    with tf.control_dependencies([tf.debugging.Assert(complete, [depth])]):
        rows = tf.reshape(raw[start:end], (header.height, row))
    colors = rows[::-1, : 3 * header.width]
    pixels = tf.reshape(colors, (header.height, header.width, 3))
    return tf.reverse(pixels, [2])


def _long_bmp(encoded, raw, header):
    """Decodes what TensorFlow reads correctly: no compression, no colored palette."""
    depth = raw_bytes.number(raw, 28, 2, little=True)
    plain = raw_bytes.number(raw, 30, 4, little=True) == 0
    palette = 14 + raw_bytes.number(raw, 14, 4, little=True)
    colors = tf.reshape(raw_bytes.bytes_at(raw, palette, 1024), (256, 4))[:, :3]
    is_gray = tf.reduce_all(tf.cast(colors, tf.int32) == tf.range(256)[:, tf.newaxis])
    supported = plain & ((depth == 24) | (depth == 32) | ((depth == 8) & is_gray))
    has_masks, has_alpha = _usual_masks(raw)
    supported |= (depth == 32) & has_masks
    with tf.control_dependencies([tf.debugging.Assert(supported, [depth])]):
        pixels = tf.io.decode_bmp(_without_rest(encoded, raw, header, depth))
    colors = tf.cond(
        tf.shape(pixels)[2] == 1,
        lambda: tf.repeat(pixels, 3, axis=2),
        lambda: pixels[..., :3],
    )
    return tf.cond(
        has_alpha & (depth == 32),
        lambda: _over_white(colors, pixels[..., 3:]),
        lambda: colors,
    )


def _without_rest(encoded, raw, header, depth):
    """Returns a BMP without the bytes after its pixels, which TensorFlow rejects."""
    row = (depth * header.width + 31) // 32 * 4
    end = raw_bytes.number(raw, 10, 4, little=True) + row * header.height
    return tf.strings.substr(encoded, tf.constant(0, tf.int64), end)


def _usual_masks(raw):
    """Returns whether the bit masks of a BMP are the usual ones, and include alpha."""
    length = raw_bytes.number(raw, 14, 4, little=True)
    fields = raw_bytes.number(raw, 30, 4, little=True) == 3
    red, green, blue, alpha = (
        raw_bytes.number(raw, at, 4, little=True) for at in (54, 58, 62, 66)
    )
    colors = (red == 0xFF0000) & (green == 0xFF00) & (blue == 0xFF)
    has_alpha = (length >= 56) & (alpha == 0xFF000000)
    opaque = (length < 56) | (alpha == 0)
    is_usual = fields & colors & (has_alpha | opaque)
    return is_usual, is_usual & has_alpha


def _upright(pixels, orientation):
    """Rotates and mirrors pixels by their EXIF orientation, 1 to 8."""
    upright = tf.cond(
        orientation > 4, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels
    )
    quarter = (orientation - 1) % 4
    flipped = (quarter == 2) | (quarter == 3)
    mirrored = (quarter == 1) | (quarter == 2)
    upright = tf.cond(flipped, lambda: upright[::-1], lambda: upright)
    return tf.cond(mirrored, lambda: upright[:, ::-1], lambda: upright)
