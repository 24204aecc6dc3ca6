"""The tokens of a vision transformer as feature maps."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class TokenMaps(keras.layers.Layer):
    """Returns the tokens of a vision transformer as four maps.

    Args:
        transformer: A `keras_hub.models.ViTBackbone` with a class token.

    Call arguments:
        images: `(batch, side, side, 3)`, of the transformer's size.

    Output:
        A list of maps `(batch, rows, rows, d)` with strides of a quarter, a half, one
        and two tokens.
    """

    def __init__(self, transformer, **kwargs):
        super().__init__(**kwargs)
        self.transformer = transformer

    def build(self, images_shape):
        pass  # The transformer comes built.

    def call(self, images):
        encoder = self.transformer.get_layer("vit_encoder")
        tokens = self.transformer.get_layer("vit_patching_and_embedding")(images)
        quarter = len(encoder.encoder_layers) // 4
        maps = []
        for number, block in enumerate(encoder.encoder_layers, 1):
            tokens = block(tokens)
            if number % quarter == 0:
                maps.append(_map(tokens))
        first, second, third, _ = maps
        last = _map(encoder.layer_norm(tokens))
        return [
            ops.repeat(ops.repeat(first, 4, axis=1), 4, axis=2),
            ops.repeat(ops.repeat(second, 2, axis=1), 2, axis=2),
            third,
            _halved(last),
        ]

    def get_config(self):
        transformer = keras.saving.serialize_keras_object(self.transformer)
        return {**super().get_config(), "transformer": transformer}

    @classmethod
    def from_config(cls, config):
        transformer = keras.saving.deserialize_keras_object(config["transformer"])
        return cls(**{**config, "transformer": transformer})


def _map(tokens):
    """Returns the tokens as a map, without the class token."""
    side = round((tokens.shape[1] - 1) ** 0.5)
    return ops.reshape(tokens[:, 1:], (-1, side, side, tokens.shape[-1]))


def _halved(tokens):
    """Returns means of 2 x 2 tokens."""
    side, depth = tokens.shape[1] // 2, tokens.shape[-1]
    return ops.mean(ops.reshape(tokens, (-1, side, 2, side, 2, depth)), axis=(2, 4))
