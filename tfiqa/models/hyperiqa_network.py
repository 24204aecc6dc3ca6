"""HyperIQA's network: from crops to a content vector and its quality.

    crops -> backbone -> four stages -> local distortion branches -> content vector
                            last stage -> three 1x1 convolutions -> hyper feature map
    content vector -> target network, its weights written by the map -> quality

The paper trains all new layers, `NEW_LAYERS` by the beginning of their names, ten times
as fast as the trunk. The authors' release does so with `FAST_LAYERS` alone, the hyper
network: there, the local branches belong to the trunk's group.

Reference: Su et al., "Blindly Assess Image Quality in the Wild Guided by a
Self-Adaptive Hyper Network", CVPR 2020.
"""

import os
from collections.abc import Sequence

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import layers

FAST_LAYERS = ("hyper_", "target_")
NEW_LAYERS = (*FAST_LAYERS, "local_")
INITIALIZATIONS = ("paper", "official")

# Section 3.2: output channels of the 1x1 convolutions of the first three stages, and of
# the dense layers after them; the last stage fills the content vector.
LOCAL_CHANNELS = (16, 32, 64)
LOCAL_UNITS = 16

# Section 3.3: the first two of the three 1x1 convolutions before the weight generators;
# the last one has `hyper_channels`.
REDUCTION = (1024, 512)


def build_network(
    *,
    backbone: str = "resnet50",
    backbone_weights: str | os.PathLike[str] | None = None,
    frozen_stages: int = 0,
    multi_scale: bool = True,
    hyper: bool = True,
    content_length: int = 224,
    reduction: Sequence[int] = REDUCTION,
    hyper_channels: int = 112,
    hidden: Sequence[int] = (112, 56, 28, 14),
    initialization: str = "paper",
    crop_size: int = 224,
) -> keras.Model:
    """Returns the model from crops to content vectors followed by qualities.

    Input: float32 `(crops, size, size, 3)` in `[0, 255]`. Output: `(crops, d + 1)`,
    the content vector of length `d` followed by the quality in the units of training.
    The arguments are those of `tfiqa.models.HyperIQA`.
    """
    crops = keras.Input((crop_size, crop_size, 3), name="crops")
    trunk = backbones.build_backbone(backbone, backbone_weights, size=crop_size)
    backbones.freeze_stages(trunk, frozen_stages)
    stages = trunk(crops)
    outputs = content_and_quality(
        stages,
        (stages[-1].shape[1],) * len(stages),
        multi_scale=multi_scale,
        content_length=content_length,
        convolutions=(*reduction, hyper_channels) if hyper else None,
        hidden=hidden,
    )
    network = keras.Model(crops, outputs, name="hyperiqa")
    if initialization == "official":
        initialize_as_released(network, seed=0)
    return network


def content_and_quality(
    maps,
    patches: Sequence[int],
    *,
    multi_scale: bool,
    content_length: int,
    convolutions: Sequence[int] | None,
    hidden: Sequence[int],
):
    """Returns content vectors followed by qualities, `(crops, content_length + 1)`.

    Args:
        maps: The stages of a trunk.
        patches: Side of a patch in each of them; see `LocalDistortion`.
        multi_scale: Whether the content vector reads all stages.
        content_length: Length of the content vector.
        convolutions: Widths of the 1x1 convolutions that make the hyper feature map;
            `None` trains the weights of the target network directly.
        hidden: Widths of the target network before its last layer.
    """
    content = _content_vector(maps, patches, content_length, multi_scale=multi_scale)
    quality = _target_network(
        content, maps[-1], hidden=hidden, convolutions=convolutions
    )
    return _concatenated("content_and_quality", [content, quality])


def initialize_as_released(network: keras.Model, *, seed: int) -> None:
    """Initializes the new layers like the release: Kaiming normal, PyTorch's defaults.

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
        if layer.name.startswith(NEW_LAYERS)
        for variable in layer.weights
    ]
    biases = {v.path.removesuffix("/bias"): v for v in new if v.name == "bias"}
    for variable in new:
        if variable.name == "kernel":
            yield variable, biases.get(variable.path.removesuffix("/kernel"))


def _content_vector(stages, patches: Sequence[int], length: int, *, multi_scale: bool):
    """Returns the content vector, `(crops, length)`."""
    last, side = stages[-1], patches[-1]
    if not multi_scale:
        return layers.LocalDistortion(length, side, name="local_4")(last)
    vectors = [
        layers.LocalDistortion(LOCAL_UNITS, patch, channels, name=f"local_{index}")(
            stage
        )
        for index, (stage, patch, channels) in enumerate(
            zip(stages[:-1], patches[:-1], LOCAL_CHANNELS, strict=True), start=1
        )
    ]
    rest = length - LOCAL_UNITS * len(vectors)
    vectors.append(layers.LocalDistortion(rest, side, name="local_4")(last))
    return _concatenated("content", vectors)


def _target_network(
    content,
    last_stage,
    *,
    hidden: Sequence[int],
    convolutions: Sequence[int] | None,
):
    """Returns the quality of the crops, `(crops, 1)`.

    Without `convolutions`, the weights of the target network are trained directly.
    """
    sizes = (*hidden, 1)
    activations = (*("sigmoid" for _ in hidden), None)
    if convolutions is None:
        for index, (units, activation) in enumerate(
            zip(sizes, activations, strict=True), start=1
        ):
            content = keras.layers.Dense(
                units,
                activation,
                kernel_initializer="glorot_normal",
                dtype=keras.config.floatx(),
                name=f"target_{index}",
            )(content)
        return content
    features = _hyper_feature_map(last_stage, convolutions)
    for index, (units, activation) in enumerate(
        zip(sizes, activations, strict=True), start=1
    ):
        content = layers.HyperDense(
            units,
            activation,
            kernel_from="mean" if index == len(sizes) else "map",
            name=f"target_{index}",
        )(content, features)
    return content


def _concatenated(name: str, vectors):
    """Returns vectors one after the other, never in half precision."""
    return keras.layers.Concatenate(dtype=keras.config.floatx(), name=name)(vectors)


def _hyper_feature_map(last_stage, widths: Sequence[int]):
    """Returns the input of the generators, `(crops, rows, columns, channels)`."""
    features = last_stage
    for index, filters in enumerate(widths, start=1):
        features = keras.layers.Conv2D(
            filters,
            1,
            data_format="channels_last",
            activation="relu",
            kernel_initializer="glorot_normal",
            name=f"hyper_conv_{index}",
        )(features)
    return features
