"""Outputs of a SavedModel for decoded pixels: floats in `[0, 1]`, or uint8."""

import keras
import tensorflow as tf

from tfiqa.export.module import Outputs
from tfiqa.export.module import is_small
from tfiqa.export.module import score_of
from tfiqa.layers.mos import is_flat
from tfiqa.scoring.scorer import on_integers

# The statuses of `tfiqa.score` for encoded images, in the order of their codes: first
# those of `decoding`. Only decoded images can be `out_of_range`, outside `[0, 1]`.
STATUSES = (
    *("ok", "undecodable", "too_large", "too_small", "flat", "failed"),
    "out_of_range",
)
# How far images may exceed `[0, 1]`, since resized ones do. Levels in `[0, 255]` exceed
# it by more.
_SLACK = 0.5


def of_images(scorer: keras.Model, run: Outputs):
    """Returns the function from images of one size to all outputs."""

    def scored(images):
        outputs, is_outside = run(images), out_of_range(images)
        is_scored = tf.math.is_finite(outputs["mos"]) & ~is_outside
        status = tf.where(is_flat(images * 255.0), "flat", "failed")
        status = tf.where(is_outside, "out_of_range", tf.where(is_scored, "ok", status))
        numbers = {
            name: tf.where(is_outside, float("nan"), value)
            for name, value in outputs.items()
        }
        return {**numbers, "status": status}

    return _unless_small(scorer, scored)


def of_pixels(scorer: keras.Model):
    """Returns the function from uint8 images of one size to all outputs."""
    model = with_features(scorer)

    def scored(pixels):
        mos, features = model(pixels, training=False)
        is_scored = tf.math.is_finite(mos)
        status = tf.where(is_flat(pixels), "flat", "failed")
        outputs = {"mos": mos, "score": score_of(scorer, mos)}
        features = tf.cast(features, tf.float32)
        return {
            **outputs,
            "features": features,
            "status": tf.where(is_scored, "ok", status),
        }

    return _unless_small(scorer, scored)


def with_features(scorer: keras.Model) -> keras.Model:
    """Returns the scorer on uint8 images, and its features beside the MOS."""
    features = scorer.get_layer("features").output
    return on_integers(keras.Model(scorer.input, [scorer.output, features]))


def _unless_small(scorer: keras.Model, scored):
    """Returns a function that calls `scored`, or gives NaN for too small images."""
    depth = scorer.get_layer("features").output.shape[-1]

    def unscored(images):
        column = tf.fill([tf.shape(images)[0], 1], float("nan"))
        features = tf.tile(column, [1, depth])
        status = tf.fill(tf.shape(column), "too_small")
        return {"mos": column, "score": column, "features": features, "status": status}

    def unless_small(images):
        is_too_small = is_small(scorer, tf.shape(images)[1:3])
        return tf.cond(is_too_small, lambda: unscored(images), lambda: scored(images))

    return unless_small


def out_of_range(images):
    """Returns the `(batch, 1)` mask of images that are not in `[0, 1]`."""
    lowest = tf.reduce_min(images, axis=(1, 2, 3))
    highest = tf.reduce_max(images, axis=(1, 2, 3))
    within = (lowest >= -_SLACK) & (highest <= 1.0 + _SLACK)  # False for NaN.
    return tf.logical_not(within)[:, tf.newaxis]
