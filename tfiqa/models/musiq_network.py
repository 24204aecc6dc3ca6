"""MUSIQ's network: from images of any size to a vector and its quality.

patch -> 7x7 convolution, one residual block, dense map -> token
image at multiple scales -> patches -> tokens, with positions and scales
tokens -> transformer -> first token -> features -> quality

Reference: Ke et al., "MUSIQ: Multi-scale Image Quality Transformer", ICCV 2021.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfiqa import layers

# Side of a patch in pixels.
PATCH = 32
# Groups of each normalization, and what is added to their variances.
GROUPS = 32
ROOT_EPSILON = 1e-6
BLOCK_EPSILON = 1e-4
TOKEN_EPSILON = 1e-6


def build_network(
    *,
    sides: Sequence[int] = (224, 384),
    grid: int = 10,
    channels: int = 64,
    length: int = 384,
    depth: int = 14,
    heads: int = 6,
    hidden: int = 1152,
    dropout: float = 0.0,
    outputs: int = 1,
) -> keras.Model:
    """Returns the model from images to their quality in the units of training.

    Input: float32 `(batch, height, width, 3)` in `[0, 255]`, any size. Output:
    `(batch, 1)`. Its layer `features` is `(batch, length)`. The arguments are those of
    `tfiqa.models.MUSIQ`.
    """
    images = keras.Input((None, None, 3), name="images")
    tokens = layers.MultiscaleTokens(
        build_stem(channels, length), sides=sides, grid=grid, name="tokens"
    )(images)
    tokens = keras.layers.Dropout(dropout, name="tokens_dropout")(tokens)
    for number in range(depth):
        tokens = _block(tokens, number, heads, hidden, dropout)
    # Only the class token is read, and tokens are normalized one by one.
    encoded = _normalization("encoder_norm")(tokens[:, 0])
    features = keras.layers.Identity(dtype="float32", name="features")(encoded)
    if outputs == 1:
        quality = keras.layers.Dense(
            1, kernel_initializer="zeros", dtype="float32", name="head"
        )(features)
        return keras.Model(images, quality, name="musiq")
    shares = keras.layers.Dense(
        outputs,
        "softmax",
        kernel_initializer="zeros",
        dtype="float32",
        name="head",
    )(features)
    grades = keras.layers.Dense(
        1, use_bias=False, trainable=False, dtype="float32", name="grades"
    )
    network = keras.Model(images, grades(shares), name="musiq")
    grades.kernel.assign(np.arange(1, outputs + 1, dtype="float32")[:, None])
    return network


def build_stem(channels: int, length: int) -> keras.Model:
    """Returns the model from patches in `[-1, 1]` to `(patches, length)`.

    Args:
        channels: Channels of the first convolution; the residual block ends in four
            times as many. At least 32.
        length: Length of a token.
    """
    patches = keras.Input((PATCH, PATCH, 3), name="patches")
    x = layers.StandardizedConv2D(channels, 7, strides=2, name="conv_root")(patches)
    x = ops.relu(_group_normalization("gn_root", ROOT_EPSILON)(x))
    x = keras.layers.MaxPooling2D(
        3, 2, padding="same", data_format="channels_last", name="pool_root"
    )(x)
    shortcut = layers.StandardizedConv2D(4 * channels, 1, name="conv_proj")(x)
    shortcut = _group_normalization("gn_proj", BLOCK_EPSILON)(shortcut)
    for number, (filters, side) in enumerate(
        ((channels, 1), (channels, 3), (4 * channels, 1)), start=1
    ):
        x = layers.StandardizedConv2D(filters, side, name=f"conv{number}")(x)
        x = _group_normalization(f"gn{number}", BLOCK_EPSILON)(x)
        if number < 3:
            x = ops.relu(x)
    x = ops.relu(shortcut + x)
    x = keras.layers.Flatten(data_format="channels_last", name="flatten")(x)
    return keras.Model(
        patches, keras.layers.Dense(length, name="embedding")(x), name="stem"
    )


def _block(tokens, number: int, heads: int, hidden: int, dropout: float):
    """Returns the tokens after one block of the transformer."""
    length = tokens.shape[-1]
    name = f"block{number}"
    mixed = _normalization(f"{name}_norm1")(tokens)
    mixed = layers.SelfAttention(heads, name=f"{name}_attention")(mixed)
    mixed = keras.layers.Dropout(dropout, name=f"{name}_dropout1")(mixed)
    tokens = tokens + mixed
    units = _normalization(f"{name}_norm2")(tokens)
    units = keras.layers.Dense(hidden, name=f"{name}_dense1")(units)
    # The approximation by a hyperbolic tangent, which the release uses.
    units = ops.gelu(units, approximate=True)
    units = keras.layers.Dropout(dropout, name=f"{name}_dropout2")(units)
    units = keras.layers.Dense(length, name=f"{name}_dense2")(units)
    return tokens + keras.layers.Dropout(dropout, name=f"{name}_dropout3")(units)


def _normalization(name: str) -> keras.layers.LayerNormalization:
    return keras.layers.LayerNormalization(epsilon=TOKEN_EPSILON, name=name)


def _group_normalization(name: str, epsilon: float) -> keras.layers.GroupNormalization:
    return keras.layers.GroupNormalization(GROUPS, axis=-1, epsilon=epsilon, name=name)
