"""TensorFlow functions of a model, which all exports share.

Three kinds of models are exported: scorers of single images, scorers that compare
images with references, and encoders, whose output is their features.
"""

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

from tfiqa import layers
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.scoring.encoder import check_encoder
from tfiqa.scoring.scorer import check_scorer as check_metadata
from tfiqa.scoring.scorer import metadata

# Metadata that descriptions of exports contain.
_NEEDED = ("method", "dataset", "mos_range", "unit", "version")

Outputs = Callable[..., dict[str, tf.Tensor]]


def is_encoder(model: keras.Model) -> bool:
    """Returns whether a model ends in features instead of a MOS."""
    return not isinstance(model.layers[-1], layers.MOS)


def input_names(model: keras.Model) -> tuple[str, ...]:
    """Returns the names of what an export takes: images, and maybe references."""
    return ("images", "references")[: len(model.inputs)]


def output_names(model: keras.Model) -> tuple[str, ...]:
    """Returns the names of what the files of other runtimes return."""
    return ("features",) if is_encoder(model) else ("mos", "score")


def outputs_of(model: keras.Model) -> Outputs:
    """Returns the function from images to all outputs of a model.

    It takes float32 `(batch, height, width, 3)`, RGB in `[0, 1]`, for each of
    `input_names`, and `training`. It returns a dict: `features`, `(batch, d)`; those of
    a scorer also `mos` and `score`, the MOS mapped from its range to 0..100 and not
    clipped, `(batch, 1)`.

    Raises:
        RuntimeError: Unless Keras runs on TensorFlow.
        ValueError: If the model computes in half precision.
    """
    check_backend()
    run = _features_of(model) if is_encoder(model) else _scores_of(model)
    _check_float32(run, specs_of(model))
    return run


def _features_of(encoder: keras.Model) -> Outputs:
    def run(images, training=False):
        features = encoder(levels(images), training=training)
        return {"features": tf.cast(features, tf.float32)}

    return run


def _scores_of(scorer: keras.Model) -> Outputs:
    features = scorer.get_layer("features").output
    model = keras.Model(scorer.inputs, [scorer.output, features])

    def run(*images, training=False):
        mos, features = model([levels(one) for one in images], training=training)
        features = tf.cast(features, tf.float32)  # Some scorers have float64 features.
        return {"mos": mos, "score": score_of(scorer, mos), "features": features}

    return run


def levels(images):
    """Returns images in `[0, 1]` as levels in `[0, 255]`.

    Levels of 8-bit images are restored to integers: rounding inside a scorer must not
    depend on the last bit of a division.
    """
    exact = images * 255.0
    nearest = tf.round(exact)
    is_near = tf.abs(exact - nearest) < 1e-3
    # The gradient is that of the plain product.
    return exact + tf.stop_gradient(tf.where(is_near, nearest - exact, 0.0))


def score_of(scorer: keras.Model, mos):
    """Returns the MOS mapped to 0..100 by its range, not clipped."""
    worst, best = map(float, metadata(scorer)["mos_range"])
    return (mos - worst) * (100.0 / (best - worst))


def min_side(scorer: keras.Model) -> int:
    """Returns the smallest side of an image, in pixels, that a model accepts."""
    if is_encoder(scorer):
        return MIN_SIDE
    return max(int(metadata(scorer).get("min_side", 1)), 1)


def is_small(scorer: keras.Model, sides):
    """Returns whether an image is too small; `sides` is int32 `(2,)`."""
    return tf.reduce_min(sides) < min_side(scorer)


def images_spec(height: int | None = None, width: int | None = None) -> tf.TensorSpec:
    """Returns the signature of `images`; with a fixed size, the batch is one image."""
    batch = None if height is None else 1
    return tf.TensorSpec((batch, height, width, 3), tf.float32, name="images")


def specs_of(
    model: keras.Model, size: tuple[int, int] | None = None
) -> list[tf.TensorSpec]:
    """Returns the signatures of all inputs of a model; see `images_spec`."""
    spec = images_spec(*(size or ()))
    return [
        tf.TensorSpec(spec.shape, spec.dtype, name=name) for name in input_names(model)
    ]


def variables_of(model: keras.Model, *, trainable: bool = False) -> list[tf.Variable]:
    """Returns the TensorFlow variables behind the Keras variables of a model."""
    variables = model.trainable_variables if trainable else model.variables
    return [variable.value for variable in variables]


@contextlib.contextmanager
def switched_on(scorer: keras.Model, *switches: str) -> Iterator[None]:
    """Switches layers to other ways to compute the same, within a `with` block.

    Args:
        scorer: The scorer.
        switches: Boolean attributes of layers. `"portable"` uses only operators that
            other runtimes have, `"unrolled"` does without windows, `"at_once"` without
            loops, `"by_erf"` without the complementary error function.
    """
    before = [
        (layer, switch, getattr(layer, switch))
        for layer in _all_layers(scorer)
        for switch in switches
        if hasattr(layer, switch)
    ]
    for layer, switch, _ in before:
        setattr(layer, switch, True)
    try:
        yield
    finally:
        for layer, switch, value in before:
            setattr(layer, switch, value)


def _all_layers(model: keras.Model) -> Iterator[keras.layers.Layer]:
    """Yields the layers of a model and of the models inside it."""
    for layer in model.layers:
        yield layer
        if isinstance(layer, keras.Model):
            yield from _all_layers(layer)


def check_model(model: keras.Model) -> None:
    """Raises an error unless the model is a scorer or an encoder, on TensorFlow.

    Raises:
        RuntimeError: Unless Keras runs on TensorFlow.
        ValueError: If it is neither, or the metadata of a scorer are incomplete or
            invalid.
    """
    check_backend()
    if is_encoder(model):
        check_encoder(model)
    else:
        _check_scorer(model)


def _check_scorer(scorer: keras.Model) -> None:
    check_metadata(scorer)
    worst, best = metadata(scorer, *_NEEDED)["mos_range"]
    if worst == best:
        raise ValueError(
            "A scorer with two different ends of `mos_range` is expected. "
            f"Received: {scorer.name!r}, mos_range={[worst, best]}"
        )


def check_backend() -> None:
    """Raises RuntimeError unless Keras runs on TensorFlow."""
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "Exports need KERAS_BACKEND=tensorflow; the scorer itself loads on any. "
            f"Received: {keras.backend.backend()}"
        )


def _check_float32(run: Outputs, specs: list[tf.TensorSpec]) -> None:
    function: Any = tf.function(run, autograph=False)
    graph = function.get_concrete_function(*specs).graph
    halves = (tf.float16, tf.bfloat16)
    # Weights may be stored in half precision, as long as they are computed in single.
    storage_only = ("Placeholder", "ReadVariableOp", "Const", "Identity")
    for operation in graph.get_operations():
        if operation.type in storage_only:
            continue
        if any(output.dtype in halves for output in operation.outputs):
            raise ValueError(
                "A float32 model is expected. Received: one of mixed precision; "
                "load its weights into a model built under the policy 'float32'"
            )
