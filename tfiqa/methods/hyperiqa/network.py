"""HyperIQA's networks: from crops to quality, and from pictures to MOS.

    crops -> backbone -> four stages -> local distortion branches -> content vector
                            last stage -> three 1x1 convolutions -> hyper feature map
    content vector -> target network, its weights written by the map -> quality

Layers whose name begins with one of `FAST_LAYERS` hold the hyper network; everything
else belongs to the trunk's group of learning rates, as in the paper's release.

Reference: Su et al., "Blindly Assess Image Quality in the Wild Guided by a
Self-Adaptive Hyper Network", CVPR 2020.
"""

from typing import Any

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods.hyperiqa.config import Config

FAST_LAYERS = ("hyper_", "target_")

# Section 3.2: outputs of the 1x1 convolutions of the first three stages, and of the
# dense layers behind them; the last stage fills the content vector.
LOCAL_CHANNELS = (16, 32, 64)
LOCAL_UNITS = 16

# Section 3.3: the three 1x1 convolutions before the weight generators; the last one
# has `Config.hyper_channels`.
REDUCTION = (1024, 512)


def build_network(config: Config) -> keras.Model:
    """Returns the model from crops to what the paper's networks say of them.

    Input: float32 `(crops, size, size, 3)` in `[0, 255]`. Output: `(crops, d + 1)`,
    the content vector of length `d` and, last, the quality in the units of training.
    """
    size = config.crop_size
    crops = keras.Input((size, size, 3), name="crops")
    backbone = backbones.build_backbone(
        config.backbone, config.backbone_weights, size=size
    )
    backbones.freeze_stages(backbone, config.frozen_stages)
    stages = backbone(crops)
    content = _content_vector(stages, config)
    quality = _target_network(content, stages[-1], config)
    outputs = keras.layers.Concatenate(name="content_and_quality")([content, quality])
    network = keras.Model(crops, outputs, name="hyperiqa")
    if config.initialization == "official":
        initialize_as_released(network, seed=0)
    return network


def build_scorer(
    network: keras.Model,
    config: Config,
    *,
    scale: float,
    offset: float,
    metadata: dict[str, Any],
) -> keras.Model:
    """Returns the scorer around a network, sharing its weights.

    Args:
        network: Of `build_network`.
        config: With the crops of a picture.
        scale: From the network's units to MOS units.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
    """
    images = keras.Input((None, None, 3), name="images")
    pictures = images
    if config.resize:
        height, width = config.resize
        pictures = layers.PillowResize(height, width, name="resize")(images)
    features = layers.PatchMean(
        network,
        config.crop_size,
        grid=config.grid,
        coverage=config.coverage,
        name="features",
    )(pictures)
    mos = layers.MOS(scale, offset, metadata)(features[:, -1:], images)
    return keras.Model(images, mos, name="hyperiqa_scorer")


def build_trainee(network: keras.Model) -> keras.Model:
    """Returns the model that training fits: crops to quality, `(crops, 1)`."""
    # Not in half precision, whatever the policy: losses are compared with it.
    quality = keras.layers.Identity(dtype=keras.config.floatx(), name="quality")(
        network.output[:, -1:]
    )
    return keras.Model(network.input, quality, name="hyperiqa_trainee")


def initialize_as_released(network: keras.Model, *, seed: int) -> None:
    """Draws the new layers as the release does: Kaiming normal, PyTorch's defaults.

    Kernels of the local branches and of the generators are normal with variance
    2 / fan-in; those of the three 1x1 convolutions, and every bias, are uniform within
    1 / sqrt(fan-in).
    """
    rng = np.random.default_rng(seed)
    for kernel, bias in _new_weights(network):
        fan_in = int(np.prod(kernel.shape[:-1]))
        bound = fan_in**-0.5
        if "hyper_" in kernel.path:
            kernel.assign(rng.uniform(-bound, bound, kernel.shape))
        else:
            kernel.assign(rng.normal(0, (2 / fan_in) ** 0.5, kernel.shape))
        if bias is not None:
            bias.assign(rng.uniform(-bound, bound, bias.shape))


def _new_weights(network: keras.Model):
    """Yields each kernel outside of the trunk with its bias, or `None`."""
    new = [
        variable
        for layer in network.layers
        if layer.name.startswith((*FAST_LAYERS, "local_"))
        for variable in layer.weights
    ]
    biases = {v.path.removesuffix("/bias"): v for v in new if v.name == "bias"}
    for variable in new:
        if variable.name == "kernel":
            yield variable, biases.get(variable.path.removesuffix("/kernel"))


def _content_vector(stages, config: Config):
    """Returns the content vector, `(crops, config.content_length)`."""
    whole = stages[-1].shape[1]
    if not config.multi_scale:
        return layers.LocalDistortion(config.content_length, whole, name="local_4")(
            stages[-1]
        )
    vectors = [
        layers.LocalDistortion(LOCAL_UNITS, whole, channels, name=f"local_{index}")(
            stage
        )
        for index, (stage, channels) in enumerate(
            zip(stages[:-1], LOCAL_CHANNELS, strict=True), start=1
        )
    ]
    rest = config.content_length - LOCAL_UNITS * len(vectors)
    vectors.append(layers.LocalDistortion(rest, whole, name="local_4")(stages[-1]))
    return keras.layers.Concatenate(name="content")(vectors)


def _target_network(content, last_stage, config: Config):
    """Returns the quality of the crops, `(crops, 1)`."""
    sizes = (*config.hidden, 1)
    activations = (*("sigmoid" for _ in config.hidden), None)
    if not config.hyper:
        for index, (units, activation) in enumerate(
            zip(sizes, activations, strict=True), start=1
        ):
            content = keras.layers.Dense(
                units,
                activation,
                kernel_initializer="glorot_normal",
                name=f"target_{index}",
            )(content)
        return content
    hyper = _hyper_feature_map(last_stage, config)
    for index, (units, activation) in enumerate(
        zip(sizes, activations, strict=True), start=1
    ):
        content = layers.HyperDense(
            units,
            activation,
            kernel_from="mean" if index == len(sizes) else "map",
            name=f"target_{index}",
        )(content, hyper)
    return content


def _hyper_feature_map(last_stage, config: Config):
    """Returns what the generators read, `(crops, rows, columns, hyper_channels)`."""
    features = last_stage
    for index, filters in enumerate((*REDUCTION, config.hyper_channels), start=1):
        features = keras.layers.Conv2D(
            filters,
            1,
            activation="relu",
            kernel_initializer="glorot_normal",
            name=f"hyper_conv_{index}",
        )(features)
    return features
