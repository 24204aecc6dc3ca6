"""S-CNN: a small network that distinguishes types and levels of distortions.

images -> nine 3x3 convolutions -> feature map -> mean, the features
features -> two dense layers -> one logit for each of 39 types and levels
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfiqa import backbones
from tfiqa.models.encoder import Encoder

CHANNELS = (48, 48, 64, 64, 64, 64, 128, 128, 128)
HIDDEN = (256, 256)
CLASSES = 39
EPSILON = 1e-5  # That of PyTorch.


@dataclasses.dataclass(frozen=True)
class Release:
    """What differs between the two releases of the authors, besides the weights.

    Attributes:
        strides: Strides of the convolutions.
        mean: Mean of each channel, in `[0, 255]`.
        std: Standard deviation of each channel, in `[0, 255]`.
    """

    strides: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


# Both give maps of the same size, so wrong strides raise no error: weights load, but
# features are wrong.
RELEASES = {
    "matlab": Release(
        strides=(1, 2, 1, 2, 1, 2, 1, 2, 1),
        mean=(122.949, 116.650, 109.918),
        std=(1.0, 1.0, 1.0),
    ),
    "pytorch": Release(
        strides=(1, 2, 1, 2, 1, 2, 1, 1, 2),
        mean=tuple(255 * value for value in backbones.IMAGENET_MEAN),
        std=tuple(255 * value for value in backbones.IMAGENET_STD),
    ),
}


@keras.saving.register_keras_serializable(package="tfiqa")
class SCNN(Encoder):
    """Maps images of any size to features that distinguish distortions.

    `classifier` returns the model whose `fit` trains its weights, and `maps` the model
    that ends with the feature map.

    Args:
        strides: Strides of the nine convolutions.
        mean: Mean of each channel, in `[0, 255]`, subtracted from the pixels.
        std: Standard deviation of each channel, in `[0, 255]`, which divides them.
        normalized: Whether batch normalization follows each convolution and hidden
            layer.
        seed: Seed of the random weights.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`.

    Output:
        float32 `(batch, 128)`, the mean over the feature map.

    Example:
        >>> model = SCNN()
        >>> classifier = model.classifier()
        >>> loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        >>> classifier.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss)
        >>> classifier.fit(images, classes)

    Reference:
        Zhang et al., "Blind image quality assessment using a deep bilinear
        convolutional neural network", IEEE TCSVT 2020, section III-A.
    """

    method = "db_cnn"

    def __init__(
        self,
        *,
        strides: Sequence[int] = RELEASES["matlab"].strides,
        mean: Sequence[float] = RELEASES["matlab"].mean,
        std: Sequence[float] = RELEASES["matlab"].std,
        normalized: bool = True,
        seed: int = 0,
        name: str = "db_cnn_encoder",
        **kwargs,
    ):
        arguments = {
            "strides": tuple(strides),
            "mean": tuple(mean),
            "std": tuple(std),
            "normalized": normalized,
            "seed": seed,
        }
        if len(strides) != len(CHANNELS) or not set(strides) <= {1, 2}:
            raise ValueError(
                f"`strides` must be {len(CHANNELS)} numbers, each 1 or 2. "
                f"Received: strides={tuple(strides)}"
            )
        images = keras.Input((None, None, 3), name="images")
        x = keras.layers.Rescaling(
            [1 / scale for scale in std],
            [-center / scale for center, scale in zip(mean, std, strict=True)],
            name="normalize",
        )(images)
        for index, (depth, stride) in enumerate(
            zip(CHANNELS, strides, strict=True), start=1
        ):
            x = _convolved(x, depth, stride, f"{index}", seed, normalized=normalized)
        features = keras.layers.GlobalAveragePooling2D(
            data_format="channels_last", dtype=keras.config.floatx(), name="features"
        )(x)
        super().__init__(images, features, arguments, name=name, **kwargs)

    def maps(self) -> keras.Model:
        """Returns the model from images to feature maps, `(batch, rows, columns, 128)`.

        It shares all weights with this one.
        """
        return feature_maps(self)

    def classifier(self) -> keras.Model:
        """Returns a model from images to the logits of the classes, `(batch, 39)`.

        It shares the weights of this one; its last three layers are new.
        """
        x, seed = self.output, self.arguments["seed"]
        for index, units in enumerate(HIDDEN, start=1):
            x = _dense(units, f"projection_{index}", seed + index)(x)
            if self.arguments["normalized"]:
                x = _normalization(f"projection_bn_{index}")(x)
            x = keras.layers.ReLU(name=f"projection_relu_{index}")(x)
        # Full precision under any policy, because losses are computed from it.
        logits = _dense(CLASSES, "logits", seed, dtype=keras.config.floatx())(x)
        return keras.Model(self.input, logits, name="scnn_classifier")


def feature_maps(encoder: keras.Model) -> keras.Model:
    """Returns the model from images to the feature maps of an S-CNN, without its mean.

    Args:
        encoder: `SCNN`, or its `encoder()` as loaded from a file.

    Raises:
        ValueError: If the encoder is not an S-CNN.
    """
    last: Any = {layer.name: layer for layer in encoder.layers}.get("features")
    if not isinstance(last, keras.layers.GlobalAveragePooling2D):
        raise ValueError(
            "The encoder of an S-CNN is expected, which ends with the mean of a "
            f"feature map. Received: {encoder.name!r}"
        )
    return keras.Model(encoder.input, last.input, name="scnn")


def merged(encoder: keras.Model) -> keras.Model:
    """Returns a copy of an S-CNN without batch normalization, with the same features.

    Each normalization becomes part of the convolution before it, as in the release for
    MATLAB.

    Args:
        encoder: `SCNN`, or its `encoder()` as loaded from a file.
    """
    layers = {layer.name: layer for layer in encoder.layers}
    convolutions = [layers[f"conv_{i}"] for i, _ in enumerate(CHANNELS, start=1)]
    normalize = layers["normalize"]
    std = [1 / scale for scale in normalize.scale]
    copy = SCNN(
        strides=[layer.strides[0] for layer in convolutions],
        mean=[-s * offset for s, offset in zip(std, normalize.offset, strict=True)],
        std=std,
        normalized=False,
    )
    for number, convolution in enumerate(convolutions, start=1):
        kernel, bias = convolution.get_weights()
        if f"bn_{number}" in layers:
            kernel, bias = _without_normalization(kernel, bias, layers[f"bn_{number}"])
        copy.get_layer(f"conv_{number}").set_weights([kernel, bias])
    return copy


def _without_normalization(kernel, bias, normalization):
    gamma, beta, mean, variance = normalization.get_weights()
    factor = gamma / np.sqrt(variance + normalization.epsilon)
    return kernel * factor, (bias - mean) * factor + beta


def _convolved(x, depth: int, stride: int, name: str, seed: int, *, normalized: bool):
    """Returns a map after a 3x3 convolution with one pixel of zeros on every side."""
    if stride > 1:  # Padding "same" would add both at the end if a side is even.
        pad = keras.layers.ZeroPadding2D(
            1, data_format="channels_last", name=f"pad_{name}"
        )
        x = pad(x)
    x = keras.layers.Conv2D(
        depth,
        3,
        stride,
        padding="valid" if stride > 1 else "same",
        data_format="channels_last",
        kernel_initializer=keras.initializers.HeNormal(seed + int(name)),
        name=f"conv_{name}",
    )(x)
    if normalized:
        x = _normalization(f"bn_{name}")(x)
    return keras.layers.ReLU(name=f"relu_{name}")(x)


def _dense(
    units: int, name: str, seed: int, dtype: str | None = None
) -> keras.layers.Dense:
    return keras.layers.Dense(
        units,
        kernel_initializer=keras.initializers.HeNormal(seed),
        dtype=dtype,
        name=name,
    )


def _normalization(name: str) -> keras.layers.BatchNormalization:
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=EPSILON, name=name)
