"""A scorer as TensorFlow functions, the common ground of the exports."""

from typing import Any

import keras
import tensorflow as tf

from tfiqa.scorer import metadata


class Exported(tf.Module):
    """A scorer as functions of `images`.

    They take float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, of any size. The
    module itself returns the MOS, `(batch, 1)`; `only_mos` returns it by name;
    `all_outputs` returns `mos`, `score` (0..100) and `features`.

    Raises:
        RuntimeError: Unless Keras runs on TensorFlow.
        ValueError: If the scorer computes in half precision.
    """

    def __init__(self, scorer: keras.Model):
        super().__init__()
        _check_backend()
        outputs = [scorer.output, scorer.get_layer("features").output]
        # In closures: Keras would save functions of its own with an attribute.
        both = keras.Model(scorer.input, outputs)
        worst, best = map(float, metadata(scorer)["mos_range"])

        def run(images):
            mos, features = both(images * 255.0, training=False)
            score = (mos - worst) * (100.0 / (best - worst))
            return {"mos": mos, "score": score, "features": features}

        self.weights = [variable.value for variable in scorer.variables]
        self.metadata: Any = None  # An asset, where there is a file of it.
        self.all_outputs = _function(run)
        self.only_mos = _function(lambda images: {"mos": run(images)["mos"]})
        self.__call__ = _function(lambda images: run(images)["mos"])
        _check_float32(self.only_mos.get_concrete_function().graph)


def _function(run) -> Any:
    images = tf.TensorSpec((None, None, None, 3), tf.float32, name="images")
    return tf.function(run, input_signature=[images], autograph=False)


def _check_backend() -> None:
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "Exports need KERAS_BACKEND=tensorflow; the scorer itself loads on any. "
            f"Received: {keras.backend.backend()}"
        )


def _check_float32(graph) -> None:
    halves = (tf.float16, tf.bfloat16)
    for operation in graph.get_operations():
        if any(output.dtype in halves for output in operation.outputs):
            raise ValueError(
                "A float32 scorer is expected. Received: one of mixed precision; "
                "load its weights into a scorer built under the policy 'float32'"
            )
