"""A scorer as TensorFlow functions, the common ground of the exports."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from tfiqa.scoring.scorer import metadata

Outputs = Callable[..., dict[str, tf.Tensor]]


def outputs_of(scorer: keras.Model) -> Outputs:
    """Returns the function from `images` to `mos`, `score` and `features`.

    It takes float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, and `training`. `mos`
    and `score` (the MOS mapped to 0..100 by its range, and beyond where the MOS is
    beyond) are `(batch, 1)`, `features` `(batch, d)`.

    Raises:
        RuntimeError: Unless Keras runs on TensorFlow.
        ValueError: If the scorer computes in half precision.
    """
    check_backend()
    features = scorer.get_layer("features").output
    both = keras.Model(scorer.input, [scorer.output, features])

    def run(images, training=False):
        mos, features = both(levels(images), training=training)
        features = tf.cast(features, tf.float32)  # Some compute in more digits.
        return {"mos": mos, "score": score_of(scorer, mos), "features": features}

    _check_float32(run)
    return run


def levels(images):
    """Returns pictures in `[0, 1]` as levels in `[0, 255]`.

    Where they come from 8 bits, the levels are whole again: rounding inside a scorer
    must not depend on the last bit of a division.
    """
    exact = images * 255.0
    whole = tf.round(exact)
    near = tf.abs(exact - whole) < 1e-3
    # The slope is that of the plain product.
    return exact + tf.stop_gradient(tf.where(near, whole - exact, 0.0))


def score_of(scorer: keras.Model, mos):
    """Returns the MOS mapped to 0..100 by its range, not clipped."""
    worst, best = map(float, metadata(scorer)["mos_range"])
    return (mos - worst) * (100.0 / (best - worst))


def min_side(scorer: keras.Model) -> int:
    """Returns the smallest side of a picture, in pixels, that a scorer looks at."""
    return max(int(metadata(scorer).get("min_side", 1)), 1)


def is_small(scorer: keras.Model, sides):
    """Tells whether a picture of these sides, int32 `(2,)`, is too small."""
    return tf.reduce_min(sides) < min_side(scorer)


def pictures_spec(height: int | None = None, width: int | None = None) -> tf.TensorSpec:
    """Returns the signature of `images`: a fixed size has a batch of one."""
    batch = None if height is None else 1
    return tf.TensorSpec((batch, height, width, 3), tf.float32, name="images")


def variables_of(model: keras.Model, *, trainable: bool = False) -> list[tf.Variable]:
    """Returns TensorFlow's own variables of a model."""
    found = model.trainable_variables if trainable else model.variables
    return [variable.value for variable in found]


@contextlib.contextmanager
def switched_on(scorer: keras.Model, *names: str) -> Iterator[None]:
    """Turns on, for a while, the ways to compute that some layers offer.

    Args:
        scorer: The scorer.
        names: Attributes of layers: `"portable"` where they can do with operators
            that other runtimes have, `"unrolled"` where they need no windows,
            `"at_once"` where they need no loop, `"by_erf"` where they have no
            complement of the error function.
    """
    before = [
        (layer, name, getattr(layer, name))
        for layer in scorer.layers
        for name in names
        if hasattr(layer, name)
    ]
    for layer, name, _ in before:
        setattr(layer, name, True)
    try:
        yield
    finally:
        for layer, name, value in before:
            setattr(layer, name, value)


def check_scorer(scorer: keras.Model) -> None:
    """Raises an error unless there is a scorer of pictures alone, on TensorFlow.

    Raises:
        RuntimeError: Unless Keras runs on TensorFlow.
        ValueError: If it is no scorer, or one that takes references too.
    """
    check_backend()
    metadata(scorer)
    if len(scorer.inputs) != 1:
        raise ValueError(
            "A scorer of pictures alone is expected. Received: "
            f"{scorer.name!r}, which compares them with references"
        )


def check_backend() -> None:
    """Raises RuntimeError unless Keras runs on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "Exports need KERAS_BACKEND=tensorflow; the scorer itself loads on any. "
            f"Received: {keras.backend.backend()}"
        )


def _check_float32(run: Outputs) -> None:
    function: Any = tf.function(run, autograph=False)
    graph = function.get_concrete_function(pictures_spec()).graph
    halves = (tf.float16, tf.bfloat16)
    # What is stored in half precision, and read into single, computes in single.
    stored = ("Placeholder", "ReadVariableOp", "Const", "Identity")
    for operation in graph.get_operations():
        if operation.type in stored:
            continue
        if any(output.dtype in halves for output in operation.outputs):
            raise ValueError(
                "A float32 scorer is expected. Received: one of mixed precision; "
                "load its weights into a scorer built under the policy 'float32'"
            )
