"""JPEG files that TensorFlow decodes to the same pixels as `decode`.

TensorFlow decodes without Python's lock. It shows orientation, transparency and damage
differently, or not at all, so each file is compared once: when it is first decoded.
"""

import numpy as np
import tensorflow as tf

from tfiqa.data import jpeg_end

_UNKNOWN, _OTHER = 0, -1

# Pixels around a part of a file that are decoded with it: interpolated colors at the
# border of what is decoded differ, and blocks are aligned.
_MARGIN, _ALIGNED = 32, 16
_CHANNELS = (1, 3)  # No inks.


class PlainJPEGs:
    """Remembers which images of a collection TensorFlow decodes correctly.

    Can be copied to other processes; the copy remembers nothing.

    Args:
        count: Number of images.
    """

    def __init__(self, count: int):
        self._count = count
        # The length of the compared file: another length is another file.
        self._known = np.full(count, _UNKNOWN, np.int64)

    def __reduce__(self):
        return PlainJPEGs, (self._count,)

    def __contains__(self, file: tuple[int, bytes | np.ndarray]) -> bool:
        """Returns whether `(index, encoded)` was compared, and is equal."""
        index, encoded = file
        return bool(self._known[index] == len(encoded))

    def remember(
        self, index: int, encoded: bytes | np.ndarray, pixels: np.ndarray
    ) -> None:
        """Compares the pixels of a file with those of TensorFlow, once.

        Args:
            index: Position of the image.
            encoded: The file; an image that is no file is none that TensorFlow decodes.
            pixels: What `decode` returns for it.
        """
        if self._known[index] == _UNKNOWN:
            is_plain = isinstance(encoded, bytes) and _agrees(encoded, pixels)
            self._known[index] = len(encoded) if is_plain else _OTHER


def decoded(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the pixels of a JPEG file, uint8 `(height, width, 3)`, by TensorFlow."""
    return tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")


def image_of(encoded: tf.Tensor, pixels: tf.Tensor) -> tf.Tensor:
    """Returns `pixels`, or those of a JPEG file if there are none.

    Args:
        encoded: Scalar text; a file that `PlainJPEGs` contains, or empty.
        pixels: uint8 `(height, width, 3)`, or empty.
    """
    image = tf.cond(tf.size(pixels) > 0, lambda: pixels, lambda: decoded(encoded))
    return tf.ensure_shape(image, (None, None, 3))


def cut(
    encoded: tf.Tensor, extent: tf.Tensor, corner: tf.Tensor, side: int
) -> tf.Tensor:
    """Returns a square of a JPEG file, as of `decoded`, without decoding all of it.

    Args:
        encoded: Scalar text.
        extent: int32 `(2,)`, height and width of the image, at least `side`.
        corner: int32 `(2,)`, row and column of the first pixel.
        side: Height and width of the square.
    """
    start = tf.maximum(corner - _MARGIN, 0) // _ALIGNED * _ALIGNED
    end = tf.minimum(-(-(corner + side + _MARGIN) // _ALIGNED) * _ALIGNED, extent)
    window = tf.concat([start, end - start], axis=0)
    part = tf.image.decode_and_crop_jpeg(
        encoded, window, channels=3, dct_method="INTEGER_ACCURATE"
    )
    return tf.slice(part, tf.pad(corner - start, [[0, 1]]), (side, side, 3))


def _agrees(encoded: bytes, pixels: np.ndarray) -> bool:
    if not jpeg_end.is_jpeg(encoded):
        return False
    try:
        channels = int(tf.io.extract_jpeg_shape(encoded)[2])
        same = np.array_equal(decoded(tf.constant(encoded)).numpy(), pixels)
        return same and channels in _CHANNELS
    except tf.errors.OpError:
        return False
