"""The LiteRT graph of a trunk without its weights: from a tile to moments of its maps.

The package of the trunk holds the weights. In the graph they are zero, and a table has
the offset of each convolution, whose normalization is folded in.
"""

import tempfile
from typing import Any

import keras
import numpy as np

from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.layers.pinned import channels_last
from tfiqa.layers.pixel_maps import with_pixel_maps
from tfiqa.scoring.runtimes.folding import as_litert_stores
from tfiqa.scoring.runtimes.folding import folded
from tfiqa.scoring.runtimes.packaged_trunk import MOMENTS
from tfiqa.scoring.runtimes.packaged_trunk import SIGNATURE

Convolutions = list[dict[str, Any]]


def trunk_graph(
    name: str, extremes: list[int], *, pixel_maps: bool = False
) -> tuple[bytes, dict[str, Any]]:
    """Returns the graph with zeros for weights, and the facts that fill it.

    Args:
        name: A key of `efficientnet_lite.VARIANTS`.
        extremes: See `layers.MapStatistics`.
        pixel_maps: Whether the maps of `PixelMaps` follow those of the trunk. Their
            kernels are constants of the code, not weights, and stay in the graph.

    Raises:
        RuntimeError: If the converter does not keep weights unchanged.
        ValueError: If the package of the trunk is missing or altered.
    """
    with channels_last():
        network, convolutions = _without_normalization(name)
        if pixel_maps:
            network = with_pixel_maps(network)
        content = bytearray(_converted(network, extremes))
    for row in convolutions:
        for part in ("kernel", "bias"):
            row[part] = _cleared(content, row[part], f"{row['convolution']}.{part}")
    known = efficientnet_lite.variant(name)
    return bytes(content), {
        "distribution": known.distribution,
        "file": known.file,
        "sha256": known.sha256,
        "epsilon": efficientnet_lite.EPSILON,
        "convolutions": convolutions,
    }


def _without_normalization(name: str) -> tuple[keras.Model, Convolutions]:
    """Returns the trunk with biased convolutions, and the weights of each."""
    arrays = efficientnet_lite_weights.read_package(name)
    network = keras.models.clone_model(
        efficientnet_lite.build_stages(name),
        clone_function=_without_batch_norm,
        call_function=lambda layer, *inputs, **_: layer(*inputs),
    )
    rows: Convolutions = []
    for layer in network.layers:
        if not layer.weights:
            continue
        published = efficientnet_lite_weights.published_layer
        row: dict[str, Any] = {
            "convolution": published(layer.name),
            "normalization": published(layer.name.replace("_conv", "_bn")),
            "depthwise": isinstance(layer, keras.layers.DepthwiseConv2D),
        }
        kernel, bias = folded(
            arrays, row["convolution"], row["normalization"], efficientnet_lite.EPSILON
        )
        axes = (2, 3, 0, 1) if row["depthwise"] else (2, 3, 1, 0)
        layer.set_weights([kernel.transpose(axes), bias])
        kernel = as_litert_stores(kernel, depthwise=row["depthwise"])
        rows.append({**row, "kernel": kernel, "bias": bias})
    return efficientnet_lite.on_pixels(network), rows


def _without_batch_norm(layer: keras.layers.Layer) -> keras.layers.Layer:
    if isinstance(layer, keras.layers.BatchNormalization):
        return keras.layers.Identity(name=layer.name)
    config = layer.get_config()
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        config["use_bias"] = True
    return type(layer).from_config(config)


def _converted(trunk: keras.Model, extremes: list[int]) -> bytes:
    """Returns the graph from a tile to the moments of its maps, weights in it."""
    import tensorflow as tf  # Not at the top: only writing a preset needs it.

    def over_space(function, maps):
        return tf.concat([function(map_, axis=(1, 2)) for map_ in maps], axis=-1)

    def moments(images):
        all_maps, extreme_maps = [], []
        for scale in (images, tf.nn.avg_pool2d(images, 2, 2, "SAME")):
            maps = trunk(scale, training=False)
            all_maps += maps
            extreme_maps += [maps[number] for number in extremes]
        values = (
            over_space(tf.reduce_mean, all_maps),
            over_space(tf.math.reduce_variance, all_maps),
            over_space(tf.reduce_min, extreme_maps),
            over_space(tf.reduce_max, extreme_maps),
        )
        return dict(zip(MOMENTS, values, strict=True))

    spec = tf.TensorSpec((1, None, None, 3), tf.float32, name="images")
    function = tf.function(moments, input_signature=[spec], autograph=False)
    module: Any = tf.Module()
    module.weights = [variable.value for variable in trunk.variables]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={SIGNATURE: function})
        converter: Any = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=[SIGNATURE]
        )
        return converter.convert()


def _cleared(content: bytearray, array: np.ndarray, name: str) -> int:
    """Overwrites an array in a graph with zeros; returns its byte offset.

    Raises:
        RuntimeError: If the graph does not contain it exactly once.
    """
    pattern = array.tobytes()
    offset = content.find(pattern)
    if offset < 0 or content.find(pattern, offset + 1) >= 0:
        raise RuntimeError(f"The converter is expected to keep {name} unchanged, once.")
    content[offset : offset + len(pattern)] = bytes(len(pattern))
    return offset
