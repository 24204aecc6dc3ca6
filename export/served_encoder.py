"""The module and the signatures of the SavedModel of an encoder."""

from typing import Any

import keras
import tensorflow as tf

from tfiqa.export import decoding
from tfiqa.export.module import Outputs
from tfiqa.export.module import images_spec
from tfiqa.export.module import is_small
from tfiqa.export.served import TOO_SMALL
from tfiqa.export.served import ServedModel
from tfiqa.export.served import function_of
from tfiqa.export.served_pixels import STATUSES
from tfiqa.export.served_pixels import of_images
from tfiqa.export.served_pixels import of_pixels
from tfiqa.export.served_pixels import within_range
from tfiqa.scoring.scorer import on_integers


class ServedEncoder(ServedModel):
    """An encoder as a TF-Hub feature vector.

    Called with `images`, float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, and
    `training`, it returns the features, `(batch, d)`; they are NaN for an image that is
    `out_of_range`, unless in training. `variables`,
    `trainable_variables` and `regularization_losses` allow further training.

    Args:
        encoder: The encoder.
        run: The result of `module.outputs_of`.
    """

    def __init__(self, encoder: keras.Model, run: Outputs):
        super().__init__(encoder)
        self.__call__ = _callable(run)


def signatures(encoder: keras.Model, run: Outputs) -> dict[str, Any]:
    """Returns the serving signatures, functions from named inputs to named outputs.

    `serving_default` and `serving_bytes` take `bytes`, encoded images in a tensor of
    any shape, and return `features` in that shape plus `d`, and their `status` (one of
    `STATUSES`); features are NaN unless it is `ok`. `images` takes `images` and returns
    `features` and `status`, `(batch, 1)`, which may be `out_of_range`. `pixels` does
    the same for `pixels`, uint8 in `[0, 255]`.
    """
    described = on_integers(encoder)
    depth = int(encoder.output_shape[-1])

    def assess(encoded):
        status, image = decoding.decoded(encoded)
        is_too_small = is_small(encoder, tf.shape(image)[:2])
        status = tf.where((status == decoding.OK) & is_too_small, TOO_SMALL, status)
        features = tf.cond(
            status == decoding.OK,
            lambda: tf.cast(described(image[None], training=False)[0], tf.float32),
            lambda: tf.fill([depth], float("nan")),
        )
        return tf.ensure_shape(features, (depth,)), status

    def of_strings(encoded):
        shape = tf.shape(encoded)
        features, status = tf.map_fn(
            assess,
            tf.reshape(encoded, [-1]),
            fn_output_signature=(tf.float32, tf.int32),
            parallel_iterations=1,
        )
        return {
            "features": tf.reshape(features, tf.concat([shape, [depth]], 0)),
            "status": tf.reshape(tf.gather(tf.constant(STATUSES), status), shape),
        }

    any_shape: Any = None
    serve_bytes = function_of(
        of_strings, [tf.TensorSpec(any_shape, tf.string, name="bytes")]
    )
    pixels_spec = tf.TensorSpec((None, None, None, 3), tf.uint8, name="pixels")
    return {
        "serving_default": serve_bytes,
        "serving_bytes": serve_bytes,
        "images": function_of(of_images(encoder, run), [images_spec()]),
        "pixels": function_of(of_pixels(encoder), [pixels_spec]),
    }


def _callable(run: Outputs) -> Any:
    # A Python `training` would retrace a loaded model for each image size.
    @tf.function(
        input_signature=[images_spec(), tf.TensorSpec((), tf.bool, name="training")],
        autograph=False,
    )
    def call(images, training=False):
        return tf.cond(
            training,
            lambda: run(images, training=True)["features"],
            lambda: within_range([images], run(images, training=False))[0]["features"],
        )

    return call
