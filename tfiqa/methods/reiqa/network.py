"""Re-IQA's networks: from crops to vectors to compare, from pictures to features.

crops -> trunk -> mean over the feature map -> hidden layer -> vector
pictures -> trunk, at full and at half scale -> means, as they are -> features
"""

import keras

from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods.reiqa.config import Config
from tfiqa.trainers import MomentumContrast


def build_trunk(config: Config, *, seed: int = 0) -> keras.Model:
    """Returns the model from crops to the last feature map of an expert's backbone.

    Input: float32 `(crops, height, width, 3)` in `[0, 255]`, any size. The quality
    expert sees pixels in `[0, 1]`, unless it has published weights; that of content
    sees them normalized.

    Args:
        config: Of one expert; see `Config.alone`.
        seed: Of a ResNet without published weights.
    """
    weights = config.backbone_weights
    normalized = config.expert == "content" or weights is not None
    return backbones.build_trunk(
        config.backbone, weights, normalized=normalized, seed=seed
    )


def build_network(config: Config, *, seed: int = 0) -> keras.Model:
    """Returns the model from crops to the vectors that are compared, of any length.

    Its layers `hidden` and `projection` are the head, of which encoders have nothing.
    """
    trunk = build_trunk(config, seed=seed)
    depth = trunk.output_shape[-1]
    images = keras.Input((None, None, 3), name="images")
    x = keras.layers.GlobalAveragePooling2D(name="pool")(trunk(images))
    x = backbones.build_dense(depth, fan_in=depth, name="hidden")(x)
    x = keras.layers.ReLU(name="hidden_relu")(x)
    x = backbones.build_dense(config.projection, fan_in=depth, name="projection")(x)
    return keras.Model(images, x, name="reiqa_network")


def build_trainee(config: Config, *, seed: int = 0) -> MomentumContrast:
    """Returns the model that training fits, on pairs of crops."""
    return MomentumContrast(
        build_network(config, seed=seed),
        build_network(config, seed=seed),
        queue_size=config.queue_size,
        temperature=config.temperature,
        momentum=config.momentum,
        negatives=config.negatives,
        seed=seed,
        name="reiqa_trainee",
    )


def trunk_of(network: keras.Model) -> keras.Model:
    """Returns the trunk of what `build_network` built."""
    return network.get_layer("trunk")


def build_encoder(trunk: keras.Model) -> keras.Model:
    """Returns the encoder around a trunk, sharing its weights.

    From float32 `(batch, height, width, 3)` in `[0, 255]` of any size to `(batch, d)`:
    the means of the feature map at full and at half scale, not brought to any length.
    """
    images = keras.Input((None, None, 3), name="images")
    features = layers.TwoScales(trunk, unit=False, name="features")(images)
    return keras.Model(images, features, name="reiqa_encoder")


def join(content: keras.Model, quality: keras.Model) -> keras.Model:
    """Returns the encoder that tells the features of content, then those of quality."""
    images = keras.Input((None, None, 3), name="images")
    experts = [
        keras.Model(encoder.input, encoder.output, name=name)
        for name, encoder in (("content", content), ("quality", quality))
    ]
    features = keras.layers.Concatenate(name="features")(
        [expert(images) for expert in experts]
    )
    return keras.Model(images, features, name="reiqa_encoder")
