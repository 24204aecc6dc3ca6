"""Integers of 8 bits where they pay: in the convolutions of a scorer's trunk.

What writes the weights of a network anew for each picture, what these weights compute,
statistics of the pixels themselves (`layers.PixelMaps`), the first layers of
EfficientNet-Lite, and everything before the first and behind the last convolution stays
in float32: eight bits leave a regression some twenty different scores.
"""

import re
import warnings
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

GENERATED = "/target_"  # Part of the names of layers that generated weights compute.
# The same of `PixelMaps`, whose steps of single levels would be lost, and of the first
# layers of EfficientNet-Lite, from whose maps quality is read too.
FINE = re.compile(r"pixel_maps|efficientnet_lite\d[^;]*/(stem|block0)_")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D", "TRANSPOSE_CONV")

Samples = Callable[[], Iterator[list[np.ndarray]]]


def samples(pictures: Sequence[np.ndarray]) -> Samples:
    """Returns pictures, uint8 of one size, as the converter wants to see them."""

    def one_by_one():
        for picture in pictures:
            yield [picture[None].astype("float32") / np.float32(255)]

    return one_by_one


def trunk_in_integers(converter: Any, content: bytes, calibrate: Samples) -> bytes:
    """Returns the model of a converter with its trunk in 8 bits.

    Args:
        converter: That of the float32 model, not yet used.
        content: The float32 model.
        calibrate: Pictures from which the ranges are taken.
    """
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibrate
    options = tf.lite.experimental.QuantizationDebugOptions(
        denylisted_nodes=sorted(outside_of_trunk(content))
    )
    with warnings.catch_warnings():
        # It makes an interpreter that has moved elsewhere.
        warnings.simplefilter("ignore")
        try:
            debugger = tf.lite.experimental.QuantizationDebugger(
                converter=converter, debug_dataset=calibrate, debug_options=options
            )
        except ValueError as error:
            if "debug mode" not in str(error):  # It found nothing to look at.
                raise
            raise ValueError(
                "A convolution outside of loops is expected, which int8 could compute. "
                "Received: none. `dynamic` stores weights in a quarter"
            ) from error
        return debugger.get_nondebug_quantized_model()


def all_in_integers(converter: Any, calibrate: Samples) -> bytes:
    """Returns the model of a converter in integers, uint8 to uint8."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibrate
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.uint8
    return converter.convert()


def outside_of_trunk(content: bytes) -> set[str]:
    """Returns the operations, by their results, that no two convolutions enclose."""
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
        for name in _outside(graph, [codes[op.opcodeIndex] for op in graph.operators])
    }


def _outside(graph: Any, kinds: list[str]) -> Iterator[str]:
    names = [graph.tensors[op.outputs[0]].name.decode() for op in graph.operators]
    convolutions = [
        kind in _CONVOLUTIONS and not _stays_in_floats(name)
        for kind, name in zip(kinds, names, strict=True)
    ]
    reads = [set(op.inputs) for op in graph.operators]
    writes = [set(op.outputs) for op in graph.operators]
    # Operations are stored in the order in which they run.
    after = _reached(convolutions, reads, writes)
    before = _reached(convolutions[::-1], writes[::-1], reads[::-1])[::-1]
    for index, name in enumerate(names):
        enclosed = after[index] and before[index] and not _stays_in_floats(name)
        if not (convolutions[index] or enclosed):
            yield name


def _stays_in_floats(name: str) -> bool:
    return GENERATED in name or FINE.search(name) is not None


def _reached(starts: list[bool], sources: list[set], targets: list[set]) -> list[bool]:
    """Returns which operations follow upon a start."""
    known: set = set()
    found = []
    for start, source, target in zip(starts, sources, targets, strict=True):
        follows = bool(source & known)
        found.append(follows)
        if start or follows:
            known |= target
    return found
