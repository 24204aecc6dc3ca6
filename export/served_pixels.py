"""Outputs of a SavedModel for decoded pixels: floats in `[0, 1]`, or uint8."""

import functools

import keras
import tensorflow as tf

from tfiqa.export.module import Outputs
from tfiqa.export.module import is_encoder
from tfiqa.export.module import is_small
from tfiqa.export.module import output_names
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


def of_images(model: keras.Model, run: Outputs):
    """Returns the function from images of one size to all outputs and the status.

    A comparing scorer also takes references, of the same size.
    """
    result = output_names(model)[0]

    def described(*inputs):
        outputs, is_outside = within_range(inputs, run(*inputs))
        status = _status(outputs[result], inputs[0] * 255.0)
        return {**outputs, "status": tf.where(is_outside, "out_of_range", status)}

    return _unless_small(model, described)


def of_pixels(model: keras.Model):
    """Returns the function from uint8 images to all outputs and the status."""
    run = on_integers(model) if is_encoder(model) else with_features(model)
    result = output_names(model)[0]

    def described(pixels):
        features = run(pixels, training=False)
        outputs = {}
        if not is_encoder(model):
            mos, features = features
            outputs = {"mos": mos, "score": score_of(model, mos)}
        outputs["features"] = tf.cast(features, tf.float32)
        return {**outputs, "status": _status(outputs[result], pixels)}

    return _unless_small(model, described)


def within_range(inputs, outputs):
    """Returns outputs that are NaN where images are not in `[0, 1]`, and this mask.

    Args:
        inputs: Images, and the references with which they are compared.
        outputs: Outputs by name, each `(batch, d)`.

    Returns:
        The outputs, and the `(batch, 1)` mask of `out_of_range` of any input.
    """
    is_outside = functools.reduce(tf.logical_or, map(out_of_range, inputs))
    numbers = {
        name: tf.where(is_outside, float("nan"), value)
        for name, value in outputs.items()
    }
    return numbers, is_outside


def with_features(scorer: keras.Model) -> keras.Model:
    """Returns the scorer on uint8 images, and its features beside the MOS."""
    features = scorer.get_layer("features").output
    return on_integers(keras.Model(scorer.input, [scorer.output, features]))


def _status(result, images):
    """Returns the `(batch, 1)` status of images: ok if their outputs are finite."""
    is_finite = tf.reduce_all(tf.math.is_finite(result), axis=1, keepdims=True)
    reason = tf.where(is_flat(images), "flat", "failed")
    return tf.where(is_finite, "ok", reason)


def _unless_small(model: keras.Model, described):
    """Returns a function that calls `described`, or gives NaN for too small images."""
    features = model if is_encoder(model) else model.get_layer("features")
    depth = int(features.output.shape[-1])

    def undescribed(images):
        column = tf.fill([tf.shape(images)[0], 1], float("nan"))
        outputs = dict.fromkeys(output_names(model), column)
        outputs["features"] = tf.tile(column, [1, depth])
        return {**outputs, "status": tf.fill(tf.shape(column), "too_small")}

    def unless_small(*inputs):
        is_too_small = is_small(model, tf.shape(inputs[0])[1:3])
        return tf.cond(
            is_too_small, lambda: undescribed(inputs[0]), lambda: described(*inputs)
        )

    return unless_small


def out_of_range(images):
    """Returns the `(batch, 1)` mask of images that are not in `[0, 1]`."""
    lowest = tf.reduce_min(images, axis=(1, 2, 3))
    highest = tf.reduce_max(images, axis=(1, 2, 3))
    within = (lowest >= -_SLACK) & (highest <= 1.0 + _SLACK)  # False for NaN.
    return tf.logical_not(within)[:, tf.newaxis]
