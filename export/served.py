"""What a SavedModel of a scorer holds: a reusable model and a server in one."""

from typing import Any

import keras
import tensorflow as tf

from tfiqa.export import decoding
from tfiqa.export import profiles
from tfiqa.export.module import Outputs
from tfiqa.export.module import is_small
from tfiqa.export.module import pictures_spec
from tfiqa.export.module import score_of
from tfiqa.export.module import variables_of
from tfiqa.export.served_pixels import STATUSES
from tfiqa.export.served_pixels import of_images
from tfiqa.export.served_pixels import of_pixels
from tfiqa.export.served_pixels import out_of_range
from tfiqa.export.served_pixels import with_features
from tfiqa.layers.mos import is_flat

_TOO_SMALL, _FLAT, _FAILED = map(STATUSES.index, ("too_small", "flat", "failed"))


class Served(tf.Module):
    """A scorer, to be saved.

    Called with `images`, float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, and
    `training`, it returns the MOS, `(batch, 1)`. `variables`, `trainable_variables` and
    `regularization_losses` are there for whoever trains it on.

    Args:
        scorer: The scorer.
        run: Of `module.outputs_of`.
    """

    # Lists that are saved, in place of the properties of `tf.Module` that are not.
    variables: Any = None
    trainable_variables: Any = None

    def __init__(self, scorer: keras.Model, run: Outputs):
        super().__init__()
        self.variables = variables_of(scorer)
        self.trainable_variables = variables_of(scorer, trainable=True)
        self.regularization_losses = [
            _function(_penalty(variable), [])
            for variable in scorer.trainable_variables
            if variable.regularizer is not None
        ]
        self.metadata: Any = None  # An asset, where there is a file of it.
        self.__call__ = _callable(run)


def signatures(scorer: keras.Model, run: Outputs) -> dict[str, Any]:
    """Returns the functions of a server, from named inputs to named outputs.

    `serving_default` and `serving_bytes` take `bytes`, encoded pictures in a tensor of
    any shape, and return `mos`, `output_0` (the same), `score`, `status` (one of
    `STATUSES`) and `notes` (`profile_ignored` or empty) in that shape, and `features`
    in that shape and `d`. Where the status is not `ok`, numbers are NaN. `images` takes
    `images` and returns `mos`, `score` and `status`, `(batch, 1)`, and `features`,
    `(batch, d)`, all NaN where the status is `too_small` or `out_of_range`; `pixels`
    does so from `pixels`, uint8 in `[0, 255]`; `features` returns the last.
    """
    assess = _assessor(scorer)
    whole, images = of_images(scorer, run), [pictures_spec()]
    levels = tf.TensorSpec((None, None, None, 3), tf.uint8, name="pixels")
    any_shape: Any = None
    strings = [tf.TensorSpec(any_shape, tf.string, name="bytes")]
    serve_strings = _function(lambda encoded: _of_strings(encoded, assess), strings)
    return {
        "serving_default": serve_strings,
        "serving_bytes": serve_strings,
        "images": _function(whole, images),
        "pixels": _function(of_pixels(scorer), [levels]),
        "features": _function(lambda images: _only(whole(images), "features"), images),
    }


def _callable(run) -> Any:
    # With a Python `training` a loaded model would be traced anew for each size.
    @tf.function(
        input_signature=[pictures_spec(), tf.TensorSpec((), tf.bool, name="training")],
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


def _function(run, signature) -> Any:
    return tf.function(run, input_signature=signature, autograph=False)


def _penalty(variable):
    return lambda: variable.regularizer(variable.value)


def _of_strings(encoded, assess):
    """Returns the outputs of each string, in the shape of the strings."""
    shape = tf.shape(encoded)
    mos, score, features, status, ignored = tf.map_fn(
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
        "notes": tf.reshape(tf.where(ignored, profiles.NOTE, ""), shape),
    }


def _assessor(scorer: keras.Model):
    """Returns the function from one string to what `_of_strings` gathers."""
    both = with_features(scorer)
    length = scorer.get_layer("features").output.shape[-1]

    def scored(picture):
        mos, features = both(picture[tf.newaxis], training=False)
        features = tf.cast(features[0], tf.float32)
        return mos[0, 0], tf.ensure_shape(features, (length,))

    def assess(encoded):
        status, picture = decoding.decoded(encoded)
        ignored = (status == decoding.OK) & profiles.ignored(encoded)
        small = is_small(scorer, tf.shape(picture)[:2])
        status = tf.where((status == decoding.OK) & small, _TOO_SMALL, status)
        mos, features = tf.cond(
            status == decoding.OK,
            lambda: scored(picture),
            lambda: (tf.constant(float("nan")), tf.fill([length], float("nan"))),
        )
        unscored = (status == decoding.OK) & ~tf.math.is_finite(mos)
        mos = tf.where(unscored, float("nan"), mos)
        why = tf.where(is_flat(picture[tf.newaxis])[0, 0], _FLAT, _FAILED)
        status = tf.where(unscored, why, status)
        return mos, score_of(scorer, mos), features, status, ignored

    return assess
