"""The LiteRT graph of a trunk without its weights: from a tile to moments of its maps.

The package of the trunk holds the weights. Here they are zero, and a table says where
each convolution goes once its normalization is folded in.
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
    """Returns the graph, its weights zero, and what fills it.

    Args:
        name: A key of `efficientnet_lite.VARIANTS`.
        extremes: See `layers.MapStatistics`.
        pixel_maps: Whether the maps of `PixelMaps` follow those of the trunk. Their
            kernels are constants of the code, not weights, and stay in the graph.

    Raises:
        RuntimeError: If the converter does not keep weights as they are.
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
    """Returns the trunk of biased convolutions, and what each was folded from."""
    arrays = efficientnet_lite_weights.read_package(name)
    network = keras.models.clone_model(
        efficientnet_lite.build_stages(name),
        clone_function=_plain,
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


def _plain(layer: keras.layers.Layer) -> keras.layers.Layer:
    if isinstance(layer, keras.layers.BatchNormalization):
        return keras.layers.Identity(name=layer.name)
    config = layer.get_config()
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        config["use_bias"] = True
    return type(layer).from_config(config)


def _converted(trunk: keras.Model, extremes: list[int]) -> bytes:
    """Returns the graph from a tile to the moments of its maps, weights in it."""
    import tensorflow as tf  # Not at the top: only whoever writes a preset needs it.

    def over_space(function, maps):
        return tf.concat([function(one, axis=(1, 2)) for one in maps], axis=-1)

    def moments(images):
        every, some = [], []
        for scale in (images, tf.nn.avg_pool2d(images, 2, 2, "SAME")):
            maps = trunk(scale, training=False)
            every += maps
            some += [maps[number] for number in extremes]
        found = (
            over_space(tf.reduce_mean, every),
            over_space(tf.math.reduce_variance, every),
            over_space(tf.reduce_min, some),
            over_space(tf.reduce_max, some),
        )
        return dict(zip(MOMENTS, found, strict=True))

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
    """Writes zeros over an array in a graph; returns the byte where it begins.

    Raises:
        RuntimeError: If it is not there exactly once.
    """
    wanted = array.tobytes()
    place = content.find(wanted)
    if place < 0 or content.find(wanted, place + 1) >= 0:
        raise RuntimeError(f"The converter is expected to keep {name} once, as it is.")
    content[place : place + len(wanted)] = bytes(len(wanted))
    return place
