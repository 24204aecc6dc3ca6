"""Compression of planes `(batch, 3, height, width)`, first rounded to 8 bits."""

import numpy as np
import tensorflow as tf

from tfiqa.distortions.frame import to_bytes
from tfiqa.distortions.host import map_planes
from tfiqa.distortions.jpeg import through_jpeg
from tfiqa.distortions.jpeg2000 import through_jpeg2000


def jpeg2000(planes: tf.Tensor, ratio: float, seed: tf.Tensor) -> tf.Tensor:
    """Compresses by JPEG 2000 to a compression ratio."""
    del seed  # Nothing is random here.

    def through(planes: np.ndarray) -> np.ndarray:
        return through_jpeg2000(planes.transpose(1, 2, 0), ratio).transpose(2, 0, 1)

    return map_planes(through, planes)


def jpeg(planes: tf.Tensor, quality: int, seed: tf.Tensor) -> tf.Tensor:
    """Compresses by baseline JPEG with halved chroma, at libjpeg's quality."""
    del seed  # Nothing is random here.
    return through_jpeg(to_bytes(planes), quality) * (1.0 / 255.0)
