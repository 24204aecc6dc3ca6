"""Calling of scorers, the models that training returns.

A scorer is a `keras.Model` from float32 `(batch, height, width, 3)`, RGB in
`[0, 255]`, of any size, to float32 `(batch, 1)`, higher is better, in the units of the
MOS it was trained on. A flat image gives NaN.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import layers
from tfiqa.layers.pinned import usual_settings
from tfiqa.scoring.kept_predictors import kept_predictor

# Layers that accept uint8 images and convert only the pixels that they need.
TAKE_INTEGERS = (
    layers.BRISQUEFeatures,
    layers.GMLOGFeatures,
    layers.LocalPatches,
    layers.PIQEBlocks,
    layers.MapStatistics,
    layers.MapWindows,
    layers.PatchFeatures,
    layers.PatchMean,
    layers.PillowResize,
    layers.MatlabResize,
    layers.MultiscaleTokens,
    layers.NIQEFeatures,
    layers.TileMean,
    layers.TwoScales,
    layers.MOS,
)


def metadata(scorer: keras.Model, *needed: str) -> dict[str, Any]:
    """Returns the metadata of a scorer; see `layers.MOS`.

    Args:
        scorer: The scorer.
        needed: Keys that the metadata must have.

    Raises:
        ValueError: If the model is not a scorer, or a key is missing.
    """
    last = scorer.layers[-1]
    if not isinstance(last, layers.MOS):
        raise ValueError(
            "Expected a scorer, a model whose last layer is `tfiqa.layers.MOS`. "
            f"Received: {scorer.name!r}, which ends in {last.name!r}"
        )
    if missing := [key for key in needed if key not in last.metadata]:
        raise ValueError(
            "A scorer whose metadata are as `layers.MOS` describes them is expected. "
            f"Received: {scorer.name!r}, which lacks {', '.join(missing)}"
        )
    return last.metadata


def check_scorer(scorer: keras.Model) -> None:
    """Raises an error unless a model is a scorer with valid metadata.

    Raises:
        ValueError: If the metadata are invalid; names the key.
    """
    known = metadata(scorer)
    worst_and_best = known.get("mos_range", [0.0, 1.0])
    patch = known.get("patch", {})
    faults = {
        "min_side": not _is_count(known.get("min_side", 1)),
        "mos_range": not _are_numbers(worst_and_best) or len(worst_and_best) != 2,
        "patch": not isinstance(patch, dict)
        or not set(patch) <= {"size", "stride", "of"}
        or not _are_numbers(list(patch.values())),
    }
    for name, wrong in faults.items():
        if wrong:
            raise ValueError(
                "Metadata as `layers.MOS` describes it is expected. Received: "
                f"{name}={known[name]!r}"
            )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(
        isinstance(value, int | float) and not isinstance(value, bool)
        for value in values
    )


def set_coverage(scorer: keras.Model, coverage: str) -> None:
    """Chooses which crops of an image a scorer uses; see `layers.PatchMean`.

    Raises:
        ValueError: If the coverage is unknown, or the scorer uses no crops.
    """
    if coverage not in layers.COVERAGES:
        raise ValueError(
            f"`coverage` must be one of {layers.COVERAGES}. Received: {coverage!r}"
        )
    crops = _crops_of(scorer)
    if crops is None:
        raise ValueError(f"{scorer.name!r} scores entire images, not crops of them.")
    crops.coverage = coverage


def covered_share(scorer: keras.Model, height: int, width: int) -> float:
    """Returns the share of an image's pixels that a scorer uses."""
    crops = _crops_of(scorer)
    if crops is None:
        return 1.0
    for layer in scorer.layers:
        if isinstance(layer, layers.PillowResize):
            height, width = layer.height, layer.width
    return crops.covered_share(height, width)


def _crops_of(scorer: keras.Model) -> layers.PatchMean | None:
    """Returns the layer that cuts crops, if the scorer has one."""
    crops = {layer.name: layer for layer in scorer.layers}.get("features")
    return crops if isinstance(crops, layers.PatchMean) else None


def predictor(scorer: keras.Model) -> Callable[[np.ndarray], float]:
    """Returns the function from one image to its score; see `reader`.

    A flat image gives NaN. The function is kept with the scorer and returned again
    until a setting of a layer changes, since its first call takes seconds.
    """
    return kept_predictor(scorer, _new_predictor)


def _new_predictor(scorer: keras.Model) -> Callable[[np.ndarray], float]:
    read = reader(scorer)
    return lambda image: float(read(image)[0])


def reader(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function from one image to the output of a model for it, `(d,)`.

    The image, uint8 `(height, width, 3)` of any size, stays uint8 until layers of the
    model cut crops from it, so memory hardly grows with the image. On TensorFlow the
    graph is traced once for all sizes; JAX compiles the model once for each size.
    """
    with usual_settings():
        call = _compiled(on_integers(model))

    def read(image: np.ndarray) -> np.ndarray:
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(
                "An image of dtype uint8 and shape `(height, width, 3)` is expected. "
                f"Received: image of {image.dtype} and {image.shape}"
            )
        with usual_settings():  # The first call of a size may trace the model.
            return ops.convert_to_numpy(call(image[None]))[0]

    return read


def on_integers(scorer: keras.Model) -> keras.Model:
    """Returns the scorer on uint8 images; all layers and weights are shared."""

    def call(layer, *args, **kwargs):
        if isinstance(layer, TAKE_INTEGERS):
            return layer(*args, **kwargs)
        args, kwargs = keras.tree.map_structure(_to_float, (args, kwargs))
        return layer(*args, **kwargs)

    return keras.models.clone_model(
        scorer,
        input_tensors=keras.Input((None, None, 3), dtype="uint8", name="images"),
        clone_function=lambda layer: layer,
        call_function=call,
    )


def _to_float(tensor):
    if isinstance(tensor, keras.KerasTensor) and tensor.dtype == "uint8":
        return ops.cast(tensor, "float32")
    return tensor


def _compiled(model: keras.Model) -> Callable:
    if keras.backend.backend() == "jax":
        return _jitted(model)
    if keras.backend.backend() != "tensorflow":
        return lambda images: model(images, training=False)
    import tensorflow as tf  # Not at the top: with JAX, it is not needed.

    return tf.function(
        lambda images: model(images, training=False),
        input_signature=[tf.TensorSpec((1, None, None, 3), tf.uint8)],
        autograph=False,
    )


def _jitted(model: keras.Model) -> Callable:
    """Returns the model compiled by JAX; weights are read when it is called.

    Called layer by layer, JAX would compile the loops over crops again for every image.
    """
    import jax  # Not at the top: with TensorFlow, it is not needed.

    def outputs(trained, others, images):
        return model.stateless_call(trained, others, images, training=False)[0]

    call = jax.jit(outputs)

    def current(images):
        weights = model.trainable_variables, model.non_trainable_variables
        return call(*([one.value for one in kind] for kind in weights), images)

    return current
