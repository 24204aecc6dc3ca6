"""Quantizes the convolutions of a scorer's trunk to 8-bit integers.

Float32 remains for weights that a network generates for each image, the layers that use
them, statistics of the pixels themselves (`layers.PixelMaps`), the first layers of
EfficientNet-Lite, and everything before the first and after the last convolution: a
regression in eight bits would give only some twenty different scores.
"""

import re
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.export.parity import Example
from tfiqa.export.parity import parts_of
from tfiqa.export.parity import unit_batch

GENERATED = "/target_"  # Part of the names of layers with generated weights.
# Names of `PixelMaps`, which would lose differences of single levels, and of the first
# layers of EfficientNet-Lite, whose maps are features too.
FINE = re.compile(r"pixel_maps|efficientnet_lite\d[^;]*/(stem|block0)_")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")

Samples = Callable[[], Iterator[list[np.ndarray]]]


def samples(images: Sequence[Example]) -> Samples:
    """Returns uint8 examples of one size in the form that the converter needs."""

    def one_by_one():
        for image in images:
            yield [unit_batch([part]) for part in parts_of(image)]

    return one_by_one


def trunk_in_integers(converter: Any, content: bytes, calibrate: Samples) -> bytes:
    """Returns the model of a converter with its trunk in 8 bits.

    Args:
        converter: A new converter of the float32 model.
        content: The float32 model, a flat buffer.
        calibrate: Yields the images that determine the ranges.
    """
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibrate
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_nodes=sorted(outside_of_trunk(content))
    )
    with warnings.catch_warnings():
        # The debugger uses a deprecated interpreter.
        warnings.simplefilter("ignore")
        try:
            debugger = tf.lite.experimental.QuantizationDebugger(
                converter=converter, debug_dataset=calibrate, debug_options=options
            )
        except ValueError as error:
            if "debug mode" not in str(error):  # Otherwise, nothing was quantized.
                raise
            raise ValueError(
                "A convolution outside of loops is expected, for int8 to quantize. "
                "Received: none. Use `dynamic`, which quarters the weights"
            ) from error
        return debugger.get_nondebug_quantized_model()


def all_in_integers(converter: Any, calibrate: Samples) -> bytes:
    """Returns the model of a converter all in integers, from uint8 to uint8."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibrate
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8
    return converter.convert()


def outside_of_trunk(content: bytes) -> set[str]:
    """Returns the first outputs of operations that are not between two convolutions."""
    from ai_edge_litert import schema_py_generated as schema

    kinds = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    codes = [
        kinds[max(code.builtinCode, code.deprecatedBuiltinCode)]
        for code in model.operatorCodes
    ]
    return {
        name
        for graph in model.subgraphs
        for name in _outside_of_graph(
            graph, [codes[op.opcodeIndex] for op in graph.operators]
        )
    }


def _outside_of_graph(graph: Any, kinds: list[str]) -> Iterator[str]:
    names = [graph.tensors[op.outputs[0]].name.decode() for op in graph.operators]
    convolutions = [
        kind in _CONVOLUTIONS and not _stays_in_floats(name)
        for kind, name in zip(kinds, names, strict=True)
    ]
    inputs = [set(op.inputs) for op in graph.operators]
    outputs = [set(op.outputs) for op in graph.operators]
    # Operations are stored in the order of execution.
    after = _downstream(convolutions, inputs, outputs)
    before = _downstream(convolutions[::-1], outputs[::-1], inputs[::-1])[::-1]
    for index, name in enumerate(names):
        enclosed = after[index] and before[index] and not _stays_in_floats(name)
        if not (convolutions[index] or enclosed):
            yield name


def _stays_in_floats(name: str) -> bool:
    return GENERATED in name or FINE.search(name) is not None


def _downstream(
    starts: list[bool], sources: list[set], targets: list[set]
) -> list[bool]:
    """Returns which operations depend on the output of a start."""
    written: set = set()
    reached = []
    for start, source, target in zip(starts, sources, targets, strict=True):
        follows = bool(source & written)
        reached.append(follows)
        if start or follows:
            written |= target
    return reached
