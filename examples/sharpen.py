"""Sharpens a picture until a scorer likes it best.

python examples/sharpen.py --model SCORER photo.jpg sharpened.png

The picture is divided into bands of detail, from fine to coarse, and how much of each
is added is found by ascent on the score. Changing single pixels would find patterns
that only the scorer likes; three numbers cannot.
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
        raise app.UsageError("Two pictures are expected, one to read, one to write.")
    try:
        with open(argv[1], "rb") as file:
            picture = decode(file.read())
        scorer = tfiqa.load_scorer(flags.FLAGS.model)
    except (OSError, ValueError) as error:
        sys.exit(f"{argv[1]} is not sharpened. {error}")
    sharpened, amounts, scores = sharpen(scorer, picture, steps=flags.FLAGS.steps)
    Image.fromarray(sharpened).save(argv[2])
    told = ", ".join(f"{amount:+.2f}" for amount in amounts)
    print(f"score {scores[0]:.2f} -> {max(scores):.2f}; added {told} of {BANDS} pixels")


def sharpen(scorer: keras.Model, picture: np.ndarray, *, steps: int = 20):
    """Returns the sharpened picture, the amounts of the bands, and all scores."""
    image = tf.constant(picture[None].astype("float32"))
    bands = details(image)
    amounts = tf.Variable(tf.zeros(len(BANDS)))
    optimizer = keras.optimizers.Adam(0.1)
    scores, best = [], np.zeros(len(BANDS))
    for _ in range(steps + 1):
        with tf.GradientTape() as tape:
            score = scorer(sharper(image, bands, amounts), training=False)[0, 0]
        scores.append(float(score))
        if scores[-1] == max(scores):
            best = amounts.numpy()
        slope = tape.gradient(score, amounts)
        optimizer.apply([-slope], [amounts])
    found = sharper(image, bands, tf.constant(best))[0]
    return np.rint(found.numpy()).astype("uint8"), best, scores


def details(image) -> list:
    """Returns what each blur takes away that the finer one left."""
    levels = [image, *(blurred(image, deviation) for deviation in BANDS)]
    return [fine - coarse for fine, coarse in itertools.pairwise(levels)]


def sharper(image, bands, amounts):
    added = sum(amounts[index] * band for index, band in enumerate(bands))
    return tf.clip_by_value(image + added, 0.0, 255.0)


def blurred(image, deviation: float):
    reach = int(3 * deviation)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights = (weights / weights.sum()).astype("float32")
    padded = tf.pad(image, [[0, 0], [reach] * 2, [reach] * 2, [0, 0]], "SYMMETRIC")
    for shape in ((-1, 1), (1, -1)):
        kernel = np.tile(weights.reshape(*shape, 1, 1), (1, 1, 3, 1))
        padded = tf.nn.depthwise_conv2d(padded, kernel, [1, 1, 1, 1], "VALID")
    return padded


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "The scorer, a `.keras` file.", required=True)
    flags.DEFINE_integer("steps", 20, "Steps of the ascent.", lower_bound=1)
    app.run(main)
