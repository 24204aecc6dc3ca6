"""The networks of contentsep: encoder, predictor and estimator.

    pictures -> [0, 1] -> backbone -> mean over the picture -> features
    features -> dense, batch normalisation, ReLU, dense -> prediction of another view
    features -> two affine maps each -> mean and log-variance of the content

There is no projection head, and by default no normalisation of pictures.
"""

import keras
from keras import ops

from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods.contentsep.config import Config

BANDS = 3


def build_encoder(config: Config) -> keras.Model:
    """Returns the encoder, float32 `(batch, h, w, 3)` in `[0, 255]` to `(batch, d)`."""
    images = keras.Input((None, None, 3), name="images")
    if config.levels == 1:
        features = pooled(
            images, config.backbone, config.backbone_weights, config.normalization
        )
        return keras.Model(images, features, name="encoder")
    bands = layers.LaplacianPyramid(BANDS, name="bands")(images)
    vectors = [
        pooled(pictures, config.backbone, config.backbone_weights, "none")
        for pictures in (images, *bands)
    ]
    return keras.Model(images, keras.layers.Concatenate()(vectors), name="encoder")


def pooled(pictures, backbone: str, weights: str | None, normalization: str):
    """Returns the means of the last stage of a backbone over pictures, `(batch, d)`."""
    network = backbones.build_backbone(backbone, weights)
    if normalization == "none":
        pictures = keras.layers.Rescaling(1 / 255)(pictures)
        network = network.layers[-1]
    stages = network(pictures)
    return keras.layers.GlobalAveragePooling2D(dtype=keras.config.floatx())(stages[-1])


def build_versions_model(encoder: keras.Model, config: Config) -> keras.Model:
    """Returns the model that the first stage trains.

    From uint8 `(scenes, versions, 2, side, side, 3)` to `(scenes, versions, 2, d)`.
    """
    side = min(config.scene_height, config.scene_width) // 2
    shape = (config.versions, 2, side, side, 3)
    views = keras.Input(shape, dtype="uint8", name="views")
    crops = ops.reshape(ops.cast(views, "float32"), (-1, side, side, 3))
    features = encoder(crops)
    parts = (-1, config.versions, 2, features.shape[-1])
    return keras.Model(views, ops.reshape(features, parts), name="versions")


def build_predictor(length: int, config: Config) -> keras.Model:
    """Returns the predictor of the second stage, `(n, length)` to `(n, length)`."""
    features = keras.Input((length,), name="features")
    x = _linear(config.predictor_width, length, name="predictor_1")(features)
    x = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    x = keras.layers.Activation("relu")(x)
    x = _linear(length, config.predictor_width, name="predictor_2")(x)
    return keras.Model(features, x, name="predictor")


def build_estimator(length: int, classes: int) -> keras.Model:
    """Returns the estimator q of content, `(n, length)` to two `(n, classes)`.

    Mean and log-variance, the latter in `[-1, 1]`. Pooled features are not negative, so
    that both are affine maps in effect.
    """
    features = keras.Input((length,), name="features")
    outputs = []
    for name, last in (("mean", "linear"), ("log_variance", "tanh")):
        x = keras.layers.Activation("elu")(features)
        x = _linear(classes, length, name=f"{name}_1")(x)
        x = _linear(classes, classes, name=f"{name}_2")(x)
        outputs.append(keras.layers.Activation(last, name=name)(x))
    return keras.Model(features, outputs, name="estimator")


def _linear(units: int, inputs: int, *, name: str) -> keras.layers.Dense:
    """Returns a dense layer that begins as PyTorch's do, which matters for q."""
    bound = inputs**-0.5
    return keras.layers.Dense(
        units,
        kernel_initializer=keras.initializers.RandomUniform(-bound, bound),
        bias_initializer=keras.initializers.RandomUniform(-bound, bound),
        dtype=keras.config.floatx(),
        name=name,
    )
