"""Images in any order inside `tf.data`, of which as many stay decoded as fit."""

import threading
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.data import ops
from tfiqa.data import plain_jpeg
from tfiqa.data.decode import decode
from tfiqa.data.plain_jpeg import PlainJPEGs
from tfiqa.data.reading import Reader

# Limit of the bytes of images that stay decoded.
DECODED_BYTES = 1 << 30

_NO_PIXELS = np.empty((0, 0, 3), np.uint8)


class Pictures:
    """Decodes images when they are needed; the first ones stay in memory.

    If an order is random, it is as likely to find an image in memory as with any other
    choice of those that stay.

    Args:
        reader: Reads the images.
        count: Number of images.
        resize: `(height, width)` to which Pillow resizes images, or `()`.
        limit: Bytes of the decoded images that stay in memory.
    """

    def __init__(
        self,
        reader: Reader,
        count: int,
        *,
        resize: tuple[int, ...] = (),
        limit: int = DECODED_BYTES,
    ):
        self._arguments = (reader, count, resize, limit)
        self._plain = PlainJPEGs(count)
        self._decoded: dict[int, np.ndarray] = {}
        self._left = limit
        self._lock = threading.Lock()

    def __reduce__(self):
        return _of_arguments, self._arguments

    def random_crops(self, index: tf.Tensor, keys: tf.Tensor, size: int) -> tf.Tensor:
        """Returns random crops of an image, uint8 `(n, size, size, 3)`.

        Args:
            index: Number of the image.
            keys: int32 `(n, 2)`; see `ops.random_crop`.
            size: Side of the crops.

        Raises:
            DecodeError: If the image cannot be decoded; inside `tf.data`, an
                `InvalidArgumentError` with its message.
        """
        encoded, pixels = tf.numpy_function(
            self.fetch, [index], (tf.string, tf.uint8), stateful=False
        )
        pixels = tf.ensure_shape(pixels, (None, None, 3))
        if keys.shape[0] == 1:
            crop = tf.cond(
                tf.size(pixels) > 0,
                lambda: ops.random_crop(pixels, keys[0], size=size),
                lambda: _crop_of_file(encoded, keys[0], size),
            )
            return tf.ensure_shape(crop, (size, size, 3))[None]
        image = plain_jpeg.image_of(encoded, pixels)
        return tf.map_fn(
            lambda key: ops.random_crop(image, key, size=size),
            keys,
            fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
        )

    def fetch(self, index: Any) -> tuple[bytes, np.ndarray]:
        """Returns encoded bytes or pixels of an image; the other one is empty.

        Raises:
            DecodeError: If it cannot be decoded.
        """
        index = int(index)
        if (known := self._decoded.get(index)) is not None:
            return b"", known
        reader, _, resize, _ = self._arguments
        content = reader(index)
        if not resize and (index, content) in self._plain:
            return content, _NO_PIXELS
        pixels = decode(content) if isinstance(content, bytes) else content
        if resize:
            height, width = resize
            bilinear = Image.Resampling.BILINEAR
            image = Image.fromarray(pixels).resize((width, height), bilinear)
            pixels = np.asarray(image)
        if not self._keep(index, pixels) and not resize:
            self._plain.remember(index, content, pixels)
        return b"", pixels

    def _keep(self, index: int, pixels: np.ndarray) -> bool:
        """Returns whether an image stays in memory."""
        with self._lock:
            if index not in self._decoded and pixels.nbytes <= self._left:
                self._left -= pixels.nbytes
                self._decoded[index] = pixels
            return index in self._decoded


def _crop_of_file(encoded: tf.Tensor, key: tf.Tensor, size: int) -> tf.Tensor:
    """Returns the random crop of a plain JPEG file, of which it decodes a part."""
    extent = tf.io.extract_jpeg_shape(encoded)[:2]

    def cut() -> tf.Tensor:
        corner, mirrored = ops.drawn_crop(extent, key, size=size)
        part = plain_jpeg.cut(encoded, extent, corner, size)
        return tf.cond(mirrored, lambda: part[:, ::-1], lambda: part)

    def whole() -> tf.Tensor:
        return ops.random_crop(plain_jpeg.decoded(encoded), key, size=size)

    return tf.cond(tf.reduce_all(extent >= size), cut, whole)


def _of_arguments(reader, count, resize, limit) -> Pictures:
    return Pictures(reader, count, resize=resize, limit=limit)
