"""The layout of MUSIQ's released checkpoints.

The files are `.npz` archives of Flax before Linen, with the optimizer's target below
`opt/target/`. Convolutions and dense layers are stored as in Keras; those of attention
are divided by head; scales and biases of normalizations of maps have four axes.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa.backbones import checkpoints
from tfiqa.methods.musiq.config import Config
from tfiqa.models.musiq import build_scorer
from tfiqa.models.musiq_network import build_network

TARGET = "opt/target/"

# The ranges of MOS that released networks learned without scaling, by their number of
# outputs: KonIQ-10k, SPAQ and PaQ-2-PiQ, and the grades of AVA.
MOS_RANGES = {1: (0.0, 100.0), 10: (1.0, 10.0)}


def convert(arrays: Mapping[str, np.ndarray], config: Config) -> keras.Model:
    """Returns the scorer of an official checkpoint, or the encoder of ImageNet's.

    The number of outputs is that of the checkpoint.

    Args:
        arrays: Arrays by official name; see `checkpoints.read_arrays`.
        config: Config of the network.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    named = official(arrays)
    head = named.get("head/bias", np.zeros(1))
    outputs = len(np.atleast_1d(head))
    if outputs not in MOS_RANGES:
        network = build_network(**{**config.network, "outputs": 1})
        load(network, arrays, head=False)
        features = network.get_layer("features").output
        return keras.Model(network.input, features, name="musiq_encoder")
    config = dataclasses.replace(config, outputs=outputs)
    network = build_network(**config.network)
    load(network, arrays)
    metadata = {
        "method": "musiq",
        "dataset": "official checkpoint" if outputs == 1 else "ava (official)",
        "mos_range": list(MOS_RANGES[outputs]),
        "unit": "MOS",
        "min_side": 1,
        "version": __version__,
    }
    return build_scorer(network, scale=1.0, offset=0.0, metadata=metadata)


def load(
    network: keras.Model, arrays: Mapping[str, np.ndarray], *, head: bool = True
) -> None:
    """Copies the arrays of an official checkpoint into our network.

    Args:
        network: `MUSIQ`, or its network.
        arrays: Arrays by official name.
        head: Whether to copy the last layer too.

    Raises:
        ValueError: If arrays are missing, superfluous or of another shape; names them.
    """
    named = official(arrays)
    variables = _names(network)
    if not head:
        variables = _without_head(variables)
        named = _without_head(named)
    shapes = stored_shapes(network)
    shapes = {name: shapes[name] for name in variables}
    taken = checkpoints.take(named, shapes)
    for name, variable in variables.items():
        variable.assign(taken[name].reshape(variable.shape))


def _without_head(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if not name.startswith("head/")}


def official(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the arrays of the network, without the state of the optimizer."""
    inside = {
        name.removeprefix(TARGET): array
        for name, array in arrays.items()
        if name.startswith(TARGET)
    }
    return {
        name.replace("/SelfAttention_1/", "/MultiHeadDotProductAttention_1/"): (
            array.reshape(-1) if array.shape[:-1] == (1, 1, 1) else array
        )
        for name, array in (inside or arrays).items()
    }


def stored_shapes(network: keras.Model) -> dict[str, tuple[int, ...]]:
    """Returns the official name and the stored shape of each array of the network.

    Arrays of normalizations of maps are flattened, as by `official`.
    """
    shapes = {}
    for name, variable in _names(network).items():
        shape = tuple(variable.shape)
        if "/MultiHeadDotProductAttention_1/" in name:
            heads = network.get_layer("block0_attention").heads
            shape = _by_head(shape, heads, is_out="/out/" in name)
        elif name.endswith(("_embedding", "/cls")):
            shape = (1,) * (3 - len(shape)) + shape
        shapes[name] = shape
    return shapes


def _by_head(shape: tuple[int, ...], heads: int, *, is_out: bool) -> tuple[int, ...]:
    length = shape[-1]
    parts = (heads, length // heads)
    if is_out:
        return (*parts, length) if len(shape) == 2 else shape
    return (*shape[:-1], *parts)


def _names(network: keras.Model) -> dict[str, keras.Variable]:
    """Returns the variables of the network by their official names."""
    tokens = network.get_layer("tokens")
    stem = tokens.network
    parts = {"conv_root": stem.get_layer("conv_root")}
    parts["gn_root"] = stem.get_layer("gn_root")
    for part in ("1", "2", "3", "_proj"):
        for kind in ("conv", "gn"):
            parts[f"block1/unit1/{kind}{part}"] = stem.get_layer(f"{kind}{part}")
    parts["embedding"] = stem.get_layer("embedding")
    depth = sum(layer.name.endswith("_attention") for layer in network.layers)
    for number in range(depth):
        prefix = f"Transformer/encoderblock_{number}"

        def of_block(name, number=number):
            return network.get_layer(f"block{number}_{name}")

        attention = of_block("attention")
        for name in ("query", "key", "value", "out"):
            path = f"{prefix}/MultiHeadDotProductAttention_1/{name}"
            parts[path] = getattr(attention, name)
        parts[f"{prefix}/LayerNorm_0"] = of_block("norm1")
        parts[f"{prefix}/LayerNorm_2"] = of_block("norm2")
        parts[f"{prefix}/MlpBlock_3/Dense_0"] = of_block("dense1")
        parts[f"{prefix}/MlpBlock_3/Dense_1"] = of_block("dense2")
    parts["Transformer/encoder_norm"] = network.get_layer("encoder_norm")
    parts["head"] = network.get_layer("head")
    renamed = {"gamma": "scale", "beta": "bias"}
    names = {
        f"{path}/{renamed.get(variable.name, variable.name)}": variable
        for path, layer in parts.items()
        for variable in layer.weights
    }
    names["Transformer/posembed_input/pos_embedding"] = tokens.positions
    names["Transformer/scaleembed_input/scale_embedding"] = tokens.scales
    names["Transformer/cls"] = tokens.class_token
    return names
