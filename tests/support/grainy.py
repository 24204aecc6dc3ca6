"""Sources of pictures that look a little like photographs: smooth, with grain."""

import numpy as np
import tensorflow as tf

from tests.support.toy_source import source_of
from tfiqa.data.images import Images
from tfiqa.data.images import of_source


def grainy_images(count: int, *sizes: tuple[int, int]) -> Images:
    """Returns pictures of these sizes by turns."""
    rng = np.random.default_rng(5)
    pictures = []
    for index in range(count):
        size = sizes[index % len(sizes)]
        coarse = rng.uniform(0, 255, (1, 6, 6, 3)).astype("f")
        smooth = tf.image.resize(coarse, size, "bicubic").numpy()[0]
        noisy = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255)
        pictures.append(noisy.astype("uint8"))
    return of_source(source_of(pictures))
