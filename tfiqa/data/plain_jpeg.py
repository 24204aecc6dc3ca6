"""JPEG files that TensorFlow decodes to the same pixels as `decode`.

TensorFlow decodes without Python's lock. It shows orientation, transparency and damage
differently, or not at all, so each file is compared once: when it is first decoded.
"""

import numpy as np
import tensorflow as tf

from tfiqa.data import jpeg_end

_UNKNOWN, _OTHER = 0, -1


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
            is_plain = _is_jpeg(encoded) and _agrees(encoded, pixels)
            self._known[index] = len(encoded) if is_plain else _OTHER


def decoded(encoded: tf.Tensor) -> tf.Tensor:
    """Returns the pixels of a JPEG file, uint8 `(height, width, 3)`, by TensorFlow."""
    return tf.io.decode_jpeg(encoded, channels=3, dct_method="INTEGER_ACCURATE")


def _is_jpeg(image: bytes | np.ndarray) -> bool:
    return isinstance(image, bytes) and jpeg_end.is_jpeg(image)


def _agrees(encoded: bytes, pixels: np.ndarray) -> bool:
    try:
        return np.array_equal(decoded(tf.constant(encoded)).numpy(), pixels)
    except tf.errors.OpError:
        return False
