"""Sources of pictures that look a little like photographs: smooth, with grain."""

import numpy as np
import tensorflow as tf

from tfiqa.data.images import Images


def grainy_images(count: int, *sizes: tuple[int, int]) -> Images:
    """Returns pictures of these sizes by turns, in the same order in all epochs."""
    rng = np.random.default_rng(5)
    pictures = []
    for index in range(count):
        size = sizes[index % len(sizes)]
        coarse = rng.uniform(0, 255, (1, 6, 6, 3)).astype("f")
        smooth = tf.image.resize(coarse, size, "bicubic").numpy()[0]
        noisy = np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255)
        pictures.append(noisy.astype("uint8"))

    def epoch(seed, number):
        return tf.data.Dataset.from_generator(
            lambda: ({"image": p, "index": i} for i, p in enumerate(pictures)),
            output_signature={
                "image": tf.TensorSpec((None, None, 3), tf.uint8),
                "index": tf.TensorSpec((), tf.int64),
            },
        )

    return Images("grainy", count, epoch)
