"""The trained parts of ContentSep: pooled backbone, predictor and estimator.

    images -> [0, 1] -> backbone -> mean over the image -> features
    features -> dense, batch normalization, ReLU, dense -> prediction of another view
    features -> two affine maps each -> mean and log-variance of the content

There is no projection head and, by default, no normalization of images.
"""

import keras
from keras import ops

from tfiqa import backbones
from tfiqa.trainers import ContentSeparation
from tfiqa.trainers import InParts


def build_trainer(
    encoder: keras.Model,
    content: keras.Model | None = None,
    *,
    predictor_width: int = 512,
    penalty: float = 1000.0,
    penalty_unit: str = "paper",
    likelihood: str = "contrastive",
    pairing: str = "aligned",
    estimator_mean: str = "linear",
    micro_batch: int | None = None,
) -> ContentSeparation:
    """Returns the second stage around any encoder; see `ContentSep.trainer`."""
    length = encoder.output_shape[-1]
    estimator = None
    if content is not None:
        estimator = build_estimator(
            length, content.output_shape[-1], mean=estimator_mean
        )
    return ContentSeparation(
        encoder,
        build_predictor(length, predictor_width),
        estimator,
        content,
        penalty=penalty,
        penalty_unit=penalty_unit,
        likelihood=likelihood,
        pairing=pairing,
        micro_batch=micro_batch,
    )


def pooled(images, backbone: str, weights, normalization: str):
    """Returns the means of the last stage of a backbone over images, `(batch, d)`."""
    network = backbones.build_backbone(backbone, weights)
    if normalization == "none":
        images = keras.layers.Rescaling(1 / 255)(images)
        network = network.layers[-1]
    stages = network(images)
    return keras.layers.GlobalAveragePooling2D(
        data_format="channels_last", dtype=keras.config.floatx()
    )(stages[-1])


def build_versions_model(
    encoder: keras.Model, *, versions: int, side: int, micro_batch: int | None = None
) -> keras.Model:
    """Returns the model of the first stage around any encoder.

    From uint8 `(scenes, versions, 2, side, side, 3)` to `(scenes, versions, 2, d)`.
    """
    shape = (versions, 2, side, side, 3)
    views = keras.Input(shape, dtype="uint8", name="views")
    crops = ops.reshape(ops.cast(views, "float32"), (-1, side, side, 3))
    network = encoder if micro_batch is None else InParts(encoder, micro_batch)
    features = network(crops)
    parts = (-1, versions, 2, features.shape[-1])
    return keras.Model(views, ops.reshape(features, parts), name="versions")


def build_predictor(length: int, width: int) -> keras.Model:
    """Returns the predictor of the second stage, `(n, length)` to `(n, length)`."""
    features = keras.Input((length,), name="features")
    x = _linear(width, length, name="predictor_1")(features)
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    x = keras.layers.Activation("relu")(x)
    x = _linear(length, width, name="predictor_2")(x)
    return keras.Model(features, x, name="predictor")


def build_estimator(length: int, classes: int, *, mean: str = "linear") -> keras.Model:
    """Returns the estimator q of content, `(n, length)` to two `(n, classes)`.

    They are mean and log-variance, the latter in `[-1, 1]`, never in half precision.
    Pooled features are not negative, so both are in effect affine maps.

    Args:
        length: Number of features.
        classes: Number of values of the content.
        mean: `"linear"`, or `"softmax"` for means that are shares, as the content is.
    """
    features = keras.Input((length,), name="features")
    outputs = []
    for name, last in (("mean", mean), ("log_variance", "tanh")):
        x = keras.layers.Activation("elu", dtype=keras.config.floatx())(features)
        x = _linear(classes, length, name=f"{name}_1")(x)
        x = _linear(classes, classes, name=f"{name}_2")(x)
        outputs.append(
            keras.layers.Activation(last, dtype=keras.config.floatx(), name=name)(x)
        )
    return keras.Model(features, outputs, name="estimator")


def _linear(units: int, inputs: int, *, name: str) -> keras.layers.Dense:
    """Returns a dense layer with PyTorch's initialization, which matters for q."""
    bound = inputs**-0.5
    return keras.layers.Dense(
        units,
        kernel_initializer=keras.initializers.RandomUniform(-bound, bound),
        bias_initializer=keras.initializers.RandomUniform(-bound, bound),
        dtype=keras.config.floatx(),
        name=name,
    )
