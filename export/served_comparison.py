"""The module and the signatures of the SavedModel of a full-reference scorer."""

from typing import Any

import keras
import tensorflow as tf

from tfiqa.export import decoding
from tfiqa.export.module import Outputs
from tfiqa.export.module import is_small
from tfiqa.export.module import score_of
from tfiqa.export.module import specs_of
from tfiqa.export.served import FAILED
from tfiqa.export.served import FLAT
from tfiqa.export.served import TOO_SMALL
from tfiqa.export.served import ServedModel
from tfiqa.export.served import function_of
from tfiqa.export.served_pixels import STATUSES
from tfiqa.export.served_pixels import of_images
from tfiqa.export.served_pixels import within_range
from tfiqa.layers.mos import is_flat

# After those of single images: a reference that cannot be decoded, or has another size.
_MISSING = len(STATUSES)
_ALL_STATUSES = (*STATUSES, "missing")


class ServedComparison(ServedModel):
    """A scorer that compares images with references, as a `tf.Module`.

    Called with `images` and `references`, float32 `(batch, height, width, 3)`, RGB in
    `[0, 1]`, and `training`, it returns the MOS, `(batch, 1)`; it is NaN if either of
    them is `out_of_range`, unless in training.

    Args:
        scorer: The scorer.
        run: The result of `module.outputs_of`.
    """

    def __init__(self, scorer: keras.Model, run: Outputs):
        super().__init__(scorer)
        self.__call__ = _callable(scorer, run)


def signatures(scorer: keras.Model, run: Outputs) -> dict[str, Any]:
    """Returns the serving signatures, functions from named inputs to named outputs.

    `serving_default` and `serving_bytes` take `bytes` and `reference_bytes`, encoded
    images in tensors of the same shape, and return, in that shape, `mos`, `score` and
    `status`; numbers are NaN unless it is `ok`. It is `missing` if the reference cannot
    be decoded or has another size, otherwise as for single images. `images` takes
    `images` and `references` and returns `mos`, `score` and `status`, `(batch, 1)`, and
    `features`, `(batch, d)`; numbers are NaN if either image is `out_of_range`.
    """

    def assess(pair):
        status, image = decoding.decoded(pair[0])
        reference_status, reference = decoding.decoded(pair[1])
        is_ok = status == decoding.OK
        is_too_small = is_small(scorer, tf.shape(image)[:2])
        status = tf.where(is_ok & is_too_small, TOO_SMALL, status)
        same_size = tf.reduce_all(tf.shape(image) == tf.shape(reference))
        is_pair = (reference_status == decoding.OK) & same_size
        status = tf.where((status == decoding.OK) & ~is_pair, _MISSING, status)

        def compared():
            pixels = [tf.cast(one, tf.float32)[None] for one in (image, reference)]
            return scorer(pixels, training=False)[0, 0]

        mos = tf.cond(
            status == decoding.OK, compared, lambda: tf.constant(float("nan"))
        )
        reason = tf.where(is_flat(image[None])[0, 0], FLAT, FAILED)
        unscored = (status == decoding.OK) & ~tf.math.is_finite(mos)
        return tf.where(unscored, float("nan"), mos), tf.where(unscored, reason, status)

    def of_strings(encoded, references):
        shape = tf.shape(encoded)
        mos, status = tf.map_fn(
            assess,
            tf.stack([tf.reshape(one, [-1]) for one in (encoded, references)], axis=1),
            fn_output_signature=(tf.float32, tf.int32),
            parallel_iterations=1,
        )
        return {
            "mos": tf.reshape(mos, shape),
            "score": tf.reshape(score_of(scorer, mos), shape),
            "status": tf.reshape(tf.gather(tf.constant(_ALL_STATUSES), status), shape),
        }

    any_shape: Any = None
    serve_bytes = function_of(
        of_strings,
        [
            tf.TensorSpec(any_shape, tf.string, name=name)
            for name in ("bytes", "reference_bytes")
        ],
    )
    return {
        "serving_default": serve_bytes,
        "serving_bytes": serve_bytes,
        "images": function_of(of_images(scorer, run), specs_of(scorer)),
    }


def _callable(scorer: keras.Model, run: Outputs) -> Any:
    @tf.function(
        input_signature=[
            *specs_of(scorer),
            tf.TensorSpec((), tf.bool, name="training"),
        ],
        autograph=False,
    )
    def call(images, references, training=False):
        return tf.cond(
            training,
            lambda: run(images, references, training=True)["mos"],
            lambda: within_range(
                [images, references], run(images, references, training=False)
            )[0]["mos"],
        )

    return call
