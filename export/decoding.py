"""Decoding of pictures inside a SavedModel, to the pixels of `tfiqa.data.decode`.

JPEG, PNG, BMP and GIF (its first frame): what every TensorFlow since 2.15 decodes.
Sizes are looked at before anything is decoded.
"""

import tensorflow as tf

from tfiqa.data.decode import MAX_PIXELS
from tfiqa.export import first_frame
from tfiqa.export import headers
from tfiqa.export import raw_bytes

OK, UNDECODABLE, TOO_LARGE = range(3)


def decoded(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns `OK`, `UNDECODABLE` or `TOO_LARGE`, int32, and the upright pixels.

    Pixels are uint8 `(height, width, 3)`; a single black one where there are none.

    Args:
        encoded: Scalar string.
    """
    # An error ends a dataset, not the model: another element takes its place.
    tried = tf.data.Dataset.from_tensors(encoded).map(_tried).ignore_errors()
    failed = tf.data.Dataset.from_tensors(_nothing(UNDECODABLE))
    status, picture = tried.concatenate(failed).take(1).get_single_element()
    return status, tf.ensure_shape(picture, (None, None, 3))


@tf.autograph.experimental.do_not_convert
def _tried(encoded):
    raw = raw_bytes.of(encoded)
    header = headers.read(encoded, raw)
    # A side at a time: the product of two large ones overflows.
    empty = (header.height < 1) | (header.width < 1)
    large = header.height > MAX_PIXELS // tf.maximum(header.width, 1)
    return tf.case(
        [
            (empty, lambda: _nothing(UNDECODABLE)),
            (large, lambda: _nothing(TOO_LARGE)),
        ],
        default=lambda: (tf.constant(OK), _pixels(encoded, raw, header)),
    )


def _nothing(status: int):
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
    # Where a file has no alpha, TensorFlow puts the largest number of its bit depth.
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
    """Takes 24 bits apart, rows from the bottom: TensorFlow knows no short header."""
    depth = raw_bytes.number(raw, 24, 2, little=True)
    start = raw_bytes.number(raw, 10, 4, little=True)
    row = (3 * header.width + 3) // 4 * 4
    end = start + row * header.height
    whole = (depth == 24) & (end <= tf.size(raw, tf.int64) - raw_bytes.BEHIND)
    with tf.control_dependencies([tf.debugging.Assert(whole, [depth])]):
        rows = tf.reshape(raw[start:end], (header.height, row))
    colors = rows[::-1, : 3 * header.width]
    pixels = tf.reshape(colors, (header.height, header.width, 3))
    return tf.reverse(pixels, [2])


def _long_bmp(encoded, raw, header):
    """TensorFlow ignores compression and takes the indices of a palette for grey."""
    depth = raw_bytes.number(raw, 28, 2, little=True)
    plain = raw_bytes.number(raw, 30, 4, little=True) == 0
    palette = 14 + raw_bytes.number(raw, 14, 4, little=True)
    colors = tf.reshape(raw_bytes.bytes_at(raw, palette, 1024), (256, 4))[:, :3]
    grey = tf.reduce_all(tf.cast(colors, tf.int32) == tf.range(256)[:, tf.newaxis])
    faithful = plain & ((depth == 24) | (depth == 32) | ((depth == 8) & grey))
    masked, transparent = _usual_masks(raw)
    faithful |= (depth == 32) & masked
    with tf.control_dependencies([tf.debugging.Assert(faithful, [depth])]):
        pixels = tf.io.decode_bmp(_without_rest(encoded, raw, header, depth))
    colors = tf.cond(
        tf.shape(pixels)[2] == 1,
        lambda: tf.repeat(pixels, 3, axis=2),
        lambda: pixels[..., :3],
    )
    return tf.cond(
        transparent & (depth == 32),
        lambda: _over_white(colors, pixels[..., 3:]),
        lambda: colors,
    )


def _without_rest(encoded, raw, header, depth):
    """Returns a BMP without what follows its pixels: TensorFlow calls that damage."""
    row = (depth * header.width + 31) // 32 * 4
    end = raw_bytes.number(raw, 10, 4, little=True) + row * header.height
    return tf.strings.substr(encoded, tf.constant(0, tf.int64), end)


def _usual_masks(raw):
    """Tells whether the masks of a BMP of bit fields are the usual ones, with alpha."""
    length = raw_bytes.number(raw, 14, 4, little=True)
    fields = raw_bytes.number(raw, 30, 4, little=True) == 3
    red, green, blue, alpha = (
        raw_bytes.number(raw, at, 4, little=True) for at in (54, 58, 62, 66)
    )
    colors = (red == 0xFF0000) & (green == 0xFF00) & (blue == 0xFF)
    transparent = (length >= 56) & (alpha == 0xFF000000)
    opaque = (length < 56) | (alpha == 0)
    usual = fields & colors & (transparent | opaque)
    return usual, usual & transparent


def _upright(pixels, orientation):
    """Turns and mirrors as EXIF orientations 1 to 8 want it."""
    turned = tf.cond(
        orientation > 4, lambda: tf.transpose(pixels, (1, 0, 2)), lambda: pixels
    )
    quarter = (orientation - 1) % 4
    upside_down = (quarter == 2) | (quarter == 3)
    mirrored = (quarter == 1) | (quarter == 2)
    turned = tf.cond(upside_down, lambda: turned[::-1], lambda: turned)
    return tf.cond(mirrored, lambda: turned[:, ::-1], lambda: turned)
