"""Sharpens an image by as much as a scorer likes best.

python examples/sharpen.py --model SCORER photo.jpg sharpened.png

The image is divided into bands of detail, from fine to coarse. Gradient ascent on the
score chooses how much of each band to add. Ascent on single pixels would find patterns
that only the scorer likes; three amounts cannot form such patterns.
"""

import itertools
import sys

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags
from PIL import Image

import tfiqa
from tfiqa.data.decode import decode

BANDS = (1, 2, 4)  # Standard deviations in pixels.


def main(argv: list[str]) -> None:
    if len(argv) != 3:
        raise app.UsageError("Two images are expected, one to read, one to write.")
    try:
        with open(argv[1], "rb") as file:
            image = decode(file.read())
        scorer = tfiqa.load_scorer(flags.FLAGS.model)
        scorer.trainable = False  # Only the amounts get gradients.
    except (OSError, ValueError) as error:
        sys.exit(f"{argv[1]} is not sharpened. {error}")
    sharpened, amounts, scores = sharpen(scorer, image, steps=flags.FLAGS.steps)
    Image.fromarray(sharpened).save(argv[2])
    changes = ", ".join(f"{amount:+.2f}" for amount in amounts)
    print(
        f"score {scores[0]:.2f} -> {max(scores):.2f}; added {changes} of {BANDS} pixels"
    )


def sharpen(scorer: keras.Model, image: np.ndarray, *, steps: int = 20):
    """Returns the sharpened image, the amounts of the bands, and all scores."""
    batch = tf.constant(image[None].astype("float32"))
    bands = details(batch)
    amounts = tf.Variable(tf.zeros(len(BANDS)))
    optimizer = keras.optimizers.Adam(0.1)
    scores, best = [], np.zeros(len(BANDS))
    for _ in range(steps + 1):
        with tf.GradientTape() as tape:
            score = scorer(sharper(batch, bands, amounts), training=False)[0, 0]
        scores.append(float(score))
        if scores[-1] == max(scores):
            best = amounts.numpy()
        gradient = tape.gradient(score, amounts)
        optimizer.apply([-gradient], [amounts])
    sharpened = sharper(batch, bands, tf.constant(best))[0]
    return np.rint(sharpened.numpy()).astype("uint8"), best, scores


def details(batch) -> list:
    """Returns the detail that each blur removes and the finer one before it keeps."""
    levels = [batch, *(blurred(batch, deviation) for deviation in BANDS)]
    return [fine - coarse for fine, coarse in itertools.pairwise(levels)]


def sharper(batch, bands, amounts):
    added = sum(amounts[index] * band for index, band in enumerate(bands))
    return tf.clip_by_value(batch + added, 0.0, 255.0)


def blurred(batch, deviation: float):
    radius = int(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    weights = (weights / weights.sum()).astype("float32")
    padded = tf.pad(batch, [[0, 0], [radius] * 2, [radius] * 2, [0, 0]], "SYMMETRIC")
    for shape in ((-1, 1), (1, -1)):
        kernel = np.tile(weights.reshape(*shape, 1, 1), (1, 1, 3, 1))
        padded = tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    return padded


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "The scorer, a `.keras` file.", required=True)
    flags.DEFINE_integer("steps", 20, "Number of steps of the ascent.", lower_bound=1)
    app.run(main)
