"""The module and the signatures of a SavedModel: one for Python, one for servers."""

from typing import Any

import keras
import tensorflow as tf

from tfiqa.export import decoding
from tfiqa.export import profiles
from tfiqa.export.module import Outputs
from tfiqa.export.module import images_spec
from tfiqa.export.module import is_small
from tfiqa.export.module import score_of
from tfiqa.export.module import variables_of
from tfiqa.export.served_pixels import STATUSES
from tfiqa.export.served_pixels import of_images
from tfiqa.export.served_pixels import of_pixels
from tfiqa.export.served_pixels import out_of_range
from tfiqa.export.served_pixels import with_features
from tfiqa.layers.mos import is_flat

TOO_SMALL, FLAT, FAILED = map(STATUSES.index, ("too_small", "flat", "failed"))


class ServedModel(tf.Module):
    """What any model needs as a `tf.Module` that can be saved and trained on.

    Args:
        model: The model.
    """

    # These lists are saved; the properties of `tf.Module` that they replace are not.
    variables: Any = None
    trainable_variables: Any = None

    def __init__(self, model: keras.Model):
        super().__init__()
        self.variables = variables_of(model)
        self.trainable_variables = variables_of(model, trainable=True)
        self.regularization_losses = [
            function_of(_penalty(variable), [])
            for variable in model.trainable_variables
            if variable.regularizer is not None
        ]
        self.metadata: Any = None  # An asset, set once its file exists.


class Served(ServedModel):
    """A scorer as a `tf.Module` that can be saved.

    Called with `images`, float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, and
    `training`, it returns the MOS, `(batch, 1)`. `variables`, `trainable_variables` and
    `regularization_losses` allow further training.

    Args:
        scorer: The scorer.
        run: The result of `module.outputs_of`.
    """

    def __init__(self, scorer: keras.Model, run: Outputs):
        super().__init__(scorer)
        self.__call__ = _callable(run)


def signatures(scorer: keras.Model, run: Outputs) -> dict[str, Any]:
    """Returns the serving signatures, functions from named inputs to named outputs.

    `serving_default` and `serving_bytes` take `bytes`, encoded images in a tensor of
    any shape. They return, in that shape, `mos`, `output_0` (the same), `score`,
    `status` (one of `STATUSES`) and `notes` (`profile_ignored` or empty), and
    `features` in that shape plus `d`. Numbers are NaN unless the status is `ok`.

    `images` takes `images` and returns `mos`, `score` and `status`, `(batch, 1)`, and
    `features`, `(batch, d)`; numbers are NaN if the status is `too_small` or
    `out_of_range`. `pixels` does the same for `pixels`, uint8 in `[0, 255]`.
    `features` takes `images` and returns only `features`.
    """
    assess = _assessor(scorer)
    run_images, images_signature = of_images(scorer, run), [images_spec()]
    pixels_spec = tf.TensorSpec((None, None, None, 3), tf.uint8, name="pixels")
    any_shape: Any = None
    bytes_signature = [tf.TensorSpec(any_shape, tf.string, name="bytes")]
    serve_bytes = function_of(
        lambda encoded: _of_strings(encoded, assess), bytes_signature
    )
    return {
        "serving_default": serve_bytes,
        "serving_bytes": serve_bytes,
        "images": function_of(run_images, images_signature),
        "pixels": function_of(of_pixels(scorer), [pixels_spec]),
        "features": function_of(
            lambda images: _only(run_images(images), "features"), images_signature
        ),
    }


def _callable(run) -> Any:
    # A Python `training` would retrace a loaded model for each image size.
    @tf.function(
        input_signature=[images_spec(), tf.TensorSpec((), tf.bool, name="training")],
        autograph=False,
    )
    def call(images, training=False):
        return tf.cond(
            training,
            lambda: run(images, training=True)["mos"],
            lambda: tf.where(
                out_of_range(images), float("nan"), run(images, training=False)["mos"]
            ),
        )

    return call


def _only(outputs, name):
    return {name: outputs[name]}


def function_of(run, signature) -> Any:
    """Returns a function of TensorFlow with a fixed signature."""
    return tf.function(run, input_signature=signature, autograph=False)


def _penalty(variable):
    return lambda: variable.regularizer(variable.value)


def _of_strings(encoded, assess):
    """Returns the outputs for each string, in the shape of `encoded`."""
    shape = tf.shape(encoded)
    mos, score, features, status, has_profile = tf.map_fn(
        assess,
        tf.reshape(encoded, [-1]),
        fn_output_signature=(*[tf.float32] * 3, tf.int32, tf.bool),
        parallel_iterations=1,
    )
    length = tf.constant([features.shape[-1]])
    mos = tf.reshape(mos, shape)
    return {
        "mos": mos,
        "output_0": mos,
        "score": tf.reshape(score, shape),
        "features": tf.reshape(features, tf.concat([shape, length], 0)),
        "status": tf.reshape(tf.gather(tf.constant(STATUSES), status), shape),
        "notes": tf.reshape(tf.where(has_profile, profiles.NOTE, ""), shape),
    }


def _assessor(scorer: keras.Model):
    """Returns the function from one string to the outputs that `_of_strings` needs."""
    model = with_features(scorer)
    length = scorer.get_layer("features").output.shape[-1]

    def scored(image):
        mos, features = model(image[tf.newaxis], training=False)
        features = tf.cast(features[0], tf.float32)
        return mos[0, 0], tf.ensure_shape(features, (length,))

    def assess(encoded):
        status, image = decoding.decoded(encoded)
        has_profile = (status == decoding.OK) & profiles.ignored(encoded)
        is_too_small = is_small(scorer, tf.shape(image)[:2])
        status = tf.where((status == decoding.OK) & is_too_small, TOO_SMALL, status)
        mos, features = tf.cond(
            status == decoding.OK,
            lambda: scored(image),
            lambda: (tf.constant(float("nan")), tf.fill([length], float("nan"))),
        )
        unscored = (status == decoding.OK) & ~tf.math.is_finite(mos)
        mos = tf.where(unscored, float("nan"), mos)
        reason = tf.where(is_flat(image[tf.newaxis])[0, 0], FLAT, FAILED)
        status = tf.where(unscored, reason, status)
        return mos, score_of(scorer, mos), features, status, has_profile

    return assess
