"""Converts a model to the bytes of a LiteRT model of built-in operators."""

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
from tfiqa.export.module import output_names
from tfiqa.export.module import outputs_of
from tfiqa.export.module import specs_of
from tfiqa.export.module import switched_on
from tfiqa.export.module import variables_of
from tfiqa.export.parity import Example


def converted(
    scorer: keras.Model,
    *,
    precision: str = "float32",
    full_integer: bool = False,
    size: tuple[int, int] | None = None,
    representative: Sequence[Example] = (),
) -> bytes:
    """Returns a scorer or an encoder as a LiteRT flat buffer.

    Args:
        scorer: The model.
        precision: One of `request.PRECISIONS`. `"float16"` halves the size of the
            weights, `"dynamic"` quarters it; `"int8"` also computes the convolutions
            of the trunk in integers.
        full_integer: With `"int8"`: computes everything in integers, from uint8 images
            to a uint8 MOS, without NaN.
        size: Height and width of all images, which are then scored one at a time; any
            size when None.
        representative: Images of one size, or with references, that determine the
            ranges of `"int8"`.

    Raises:
        ValueError: If LiteRT has no built-in operator for an operation of the scorer.
    """
    run = _without_nan(scorer) if full_integer else outputs_of(scorer)
    switches = ["portable", "unrolled"]
    if precision == "int8":
        switches.append("at_once")  # Operations inside loops are not quantized.
    with tempfile.TemporaryDirectory() as folder, switched_on(scorer, *switches):
        _save(scorer, run, size, folder)

        def new_converter() -> Any:
            converter = tf.lite.TFLiteConverter.from_saved_model(
                folder, signature_keys=["serving_default"]
            )
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
            return converter

        try:
            if precision == "int8":
                samples = quantized.samples(representative)
                if full_integer:
                    return quantized.all_in_integers(new_converter(), samples)
                content = new_converter().convert()
                return quantized.trunk_in_integers(new_converter(), content, samples)
            return _in_floats(new_converter(), precision)
        except Exception as error:  # Its class is private to TensorFlow.
            raise _explained(error) from error


def _save(scorer, run: Outputs, size, folder: str) -> None:
    names = output_names(scorer)

    def named_outputs(*images):
        outputs = run(*images)
        return {name: outputs[name] for name in names if name in outputs}

    module: Any = tf.Module()
    module.weights = variables_of(scorer)
    function = tf.function(
        named_outputs, input_signature=specs_of(scorer, size), autograph=False
    )
    tf.saved_model.save(module, folder, signatures=function)


def _without_nan(scorer: keras.Model) -> Outputs:
    """Returns the function from `images` to `mos` without the NaN of flat images."""
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


def _explained(error: Exception) -> Exception:
    """Returns an error that names the operations that LiteRT lacks, if any."""
    pattern = r"^(?:Custom|.*Select|Flex) ops: (.+)$"
    unsupported = re.findall(pattern, str(error), re.M)
    # LiteRT has some operations for certain shapes or types only.
    unsupported += re.findall(r"'tf\.(\w+)' op (?=requires|is neither)", str(error))
    if unsupported:
        operations = (
            name.removeprefix("Flex") for name in ", ".join(unsupported).split(", ")
        )
        names = ", ".join(dict.fromkeys(operations))
        if "f64>" in str(error):
            names += " (on float64, which hardly any LiteRT operation supports)"
        return ValueError(
            "Operations that LiteRT has, on shapes that are known (see `size`), are "
            f"expected. Received: {names}"
        )
    if type(error).__name__ == "ConverterError":  # A class of a private module.
        return RuntimeError(f"LiteRT's converter failed: {str(error)[:1000]}")
    return error


def runner(content: bytes, *, threads: int | None = None) -> Callable[..., np.ndarray]:
    """Returns the function from images to `mos` or `features` of a model, by LiteRT.

    It takes float32 in `[0, 1]`, the images and maybe their references, and returns
    float32, even if the model itself computes in integers.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise RuntimeError(
            "Checking a .tflite file needs `pip install ai-edge-litert`."
        ) from error
    interpreter = Interpreter(model_content=content, num_threads=threads)
    run = interpreter.get_signature_runner("serving_default")
    inputs, outputs = run.get_input_details(), run.get_output_details()
    result = "mos" if "mos" in outputs else "features"
    takes_one = inputs["images"]["shape_signature"][0] > 0

    def call(*batches: np.ndarray) -> np.ndarray:
        if takes_one and len(batches[0]) > 1:
            alone = zip(*batches, strict=True)
            return np.concatenate([call(*(one[None] for one in row)) for row in alone])
        arrays = {
            name: _as_integers(batch, inputs[name])
            for name, batch in zip(sorted(inputs), batches, strict=True)
        }
        return _as_floats(run(**arrays)[result], outputs[result])

    return call


def _as_integers(images: np.ndarray, details) -> np.ndarray:
    scale, zero = details["quantization"]
    if not scale:
        return images
    return np.clip(np.rint(images / scale + zero), 0, 255).astype(details["dtype"])


def _as_floats(mos: np.ndarray, details) -> np.ndarray:
    scale, zero = details["quantization"]
    return (mos.astype("float32") - zero) * scale if scale else mos
