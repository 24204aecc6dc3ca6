"""Outputs of a SavedModel for pixels: floats in `[0, 1]`, or bytes."""

import keras
import tensorflow as tf

from tfiqa.export.module import Outputs
from tfiqa.export.module import is_small
from tfiqa.export.module import score_of
from tfiqa.layers.mos import is_flat
from tfiqa.scoring.scorer import on_integers

# The statuses of `tfiqa.score` that a string can have, in the order of their codes:
# first those of `decoding`.
# `out_of_range` is of pictures that are no strings: not in `[0, 1]`.
STATUSES = (
    *("ok", "undecodable", "too_large", "too_small", "flat", "failed"),
    "out_of_range",
)
# How far pictures may leave `[0, 1]`, as resized ones do; levels in `[0, 255]` leave it
# farther.
_SLACK = 0.5


def of_images(scorer: keras.Model, run: Outputs):
    """Returns the function from pictures of one size to all outputs."""

    def scored(images):
        outputs, wrong = run(images), out_of_range(images)
        known = tf.math.is_finite(outputs["mos"]) & ~wrong
        status = tf.where(is_flat(images * 255.0), "flat", "failed")
        status = tf.where(wrong, "out_of_range", tf.where(known, "ok", status))
        numbers = {
            name: tf.where(wrong, float("nan"), value)
            for name, value in outputs.items()
        }
        return {**numbers, "status": status}

    return _unless_small(scorer, scored)


def of_pixels(scorer: keras.Model):
    """Returns the function from uint8 pictures of one size to all outputs."""
    both = with_features(scorer)

    def scored(pixels):
        mos, features = both(pixels, training=False)
        known = tf.math.is_finite(mos)
        status = tf.where(is_flat(pixels), "flat", "failed")
        outputs = {"mos": mos, "score": score_of(scorer, mos)}
        features = tf.cast(features, tf.float32)
        return {
            **outputs,
            "features": features,
            "status": tf.where(known, "ok", status),
        }

    return _unless_small(scorer, scored)


def with_features(scorer: keras.Model) -> keras.Model:
    """Returns the scorer on uint8 pictures, and its features beside the MOS."""
    features = scorer.get_layer("features").output
    return on_integers(keras.Model(scorer.input, [scorer.output, features]))


def _unless_small(scorer: keras.Model, scored):
    """Returns a function that calls `scored` unless pictures are too small."""
    depth = scorer.get_layer("features").output.shape[-1]

    def unscored(images):
        column = tf.fill([tf.shape(images)[0], 1], float("nan"))
        features = tf.tile(column, [1, depth])
        status = tf.fill(tf.shape(column), "too_small")
        return {"mos": column, "score": column, "features": features, "status": status}

    def unless_small(images):
        small = is_small(scorer, tf.shape(images)[1:3])
        return tf.cond(small, lambda: unscored(images), lambda: scored(images))

    return unless_small


def out_of_range(images):
    """Returns the `(batch, 1)` mask of pictures that are not in `[0, 1]`."""
    lowest = tf.reduce_min(images, axis=(1, 2, 3))
    highest = tf.reduce_max(images, axis=(1, 2, 3))
    within = (lowest >= -_SLACK) & (highest <= 1.0 + _SLACK)  # Not so for NaN.
    return tf.logical_not(within)[:, tf.newaxis]
