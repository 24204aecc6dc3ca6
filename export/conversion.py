"""From a scorer to the bytes of a LiteRT model, with built-in operators alone."""

import re
import tempfile
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfiqa.export import quantized
from tfiqa.export.module import Outputs
from tfiqa.export.module import check_backend
from tfiqa.export.module import outputs_of
from tfiqa.export.module import pictures_spec
from tfiqa.export.module import switched_on
from tfiqa.export.module import variables_of


def converted(
    scorer: keras.Model,
    *,
    precision: str = "float32",
    full_integer: bool = False,
    size: tuple[int, int] | None = None,
    representative: Sequence[np.ndarray] = (),
) -> bytes:
    """Returns the scorer as a flat buffer.

    Args:
        scorer: The scorer.
        precision: One of `request.PRECISIONS`. `"float16"` stores weights in half the
            bytes, `"dynamic"` in a quarter; `"int8"` also computes the convolutions of
            the trunk in integers.
        full_integer: Of `"int8"`: everything in integers, uint8 pictures to uint8 MOS,
            and no NaN.
        size: Height and width of all pictures, one at a time; any if not given.
        representative: Pictures of one size, from which `"int8"` takes the ranges.

    Raises:
        ValueError: If an operation of the scorer is none of LiteRT's own.
    """
    run = _without_nan(scorer) if full_integer else outputs_of(scorer)
    ways = ["portable", "unrolled"]
    if precision == "int8":
        ways.append("at_once")  # Quantizers leave loops alone.
    with tempfile.TemporaryDirectory() as folder, switched_on(scorer, *ways):
        _save(scorer, run, size, folder)

        def converter() -> Any:
            made = tf.lite.TFLiteConverter.from_saved_model(
                folder, signature_keys=["serving_default"]
            )
            made.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            return made

        try:
            if precision == "int8":
                samples = quantized.samples(representative)
                if full_integer:
                    return quantized.all_in_integers(converter(), samples)
                content = converter().convert()
                return quantized.trunk_in_integers(converter(), content, samples)
            return _in_floats(converter(), precision)
        except Exception as error:  # Its class is private to TensorFlow.
            raise _named(error) from error


def _save(scorer, run: Outputs, size, folder: str) -> None:
    def served(images):
        outputs = run(images)
        return {name: outputs[name] for name in ("mos", "score") if name in outputs}

    module: Any = tf.Module()
    module.weights = variables_of(scorer)
    function = tf.function(
        served, input_signature=[pictures_spec(*(size or ()))], autograph=False
    )
    tf.saved_model.save(module, folder, signatures=function)


def _without_nan(scorer: keras.Model) -> Outputs:
    """Returns the function of `images` to `mos` where integers can follow it."""
    check_backend()
    last = scorer.layers[-1]
    quality, _ = last.input
    model = keras.Model(scorer.input, quality)

    def run(images, training=False):
        quality = model(images * 255.0, training=training)
        return {"mos": quality * last.scale + last.offset}

    return run


def _in_floats(converter: Any, precision: str) -> bytes:
    if precision != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _named(error: Exception) -> Exception:
    """Returns an error that names the operations that LiteRT lacks, if it is that."""
    kinds = r"^(?:Custom|.*Select|Flex) ops: (.+)$"
    foreign = re.findall(kinds, str(error), re.M)
    # Some it has in other shapes or types alone.
    foreign += re.findall(r"'tf\.(\w+)' op (?=requires|is neither)", str(error))
    if foreign:
        each = (name.removeprefix("Flex") for name in ", ".join(foreign).split(", "))
        names = ", ".join(dict.fromkeys(each))
        if "f64>" in str(error):
            names += " (on float64, in which LiteRT has hardly any)"
        return ValueError(
            "Operations that LiteRT has, in shapes that are known (see `size`), are "
            f"expected. Received: {names}"
        )
    if type(error).__name__ == "ConverterError":  # Of a private module.
        return RuntimeError(f"LiteRT's converter failed: {str(error)[:1000]}")
    return error


def runner(
    content: bytes, *, threads: int | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function from `images` to `mos` that a model holds, run by LiteRT.

    It takes float32 in `[0, 1]` and returns float32, also where the model holds
    integers.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise RuntimeError(
            "The check of a .tflite file needs `pip install ai-edge-litert`."
        ) from error
    interpreter = Interpreter(model_content=content, num_threads=threads)
    run = interpreter.get_signature_runner("serving_default")
    taken = run.get_input_details()["images"]
    given = run.get_output_details()["mos"]
    alone = taken["shape_signature"][0] > 0

    def call(images: np.ndarray) -> np.ndarray:
        if alone and len(images) > 1:
            return np.concatenate([call(image[None]) for image in images])
        mos = run(images=_as_integers(images, taken))["mos"]
        return _as_floats(mos, given)

    return call


def _as_integers(images: np.ndarray, details) -> np.ndarray:
    scale, zero = details["quantization"]
    if not scale:
        return images
    return np.clip(np.rint(images / scale + zero), 0, 255).astype(details["dtype"])


def _as_floats(mos: np.ndarray, details) -> np.ndarray:
    scale, zero = details["quantization"]
    return (mos.astype("float32") - zero) * scale if scale else mos
