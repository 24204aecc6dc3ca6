"""Compressions of planes `(batch, 3, height, width)`."""

import tensorflow as tf

from tfiqa.distortions.frame import to_bytes
from tfiqa.distortions.jpeg import through_jpeg


def jpeg(planes: tf.Tensor, quality: int, seed: tf.Tensor) -> tf.Tensor:
    """Compresses by baseline JPEG with halved chroma, at a quality of libjpeg."""
    del seed  # Nothing is random here.
    return through_jpeg(to_bytes(planes), quality) / 255.0
