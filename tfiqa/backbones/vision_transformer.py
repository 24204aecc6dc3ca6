"""Vision transformers of KerasHub as trunks with four feature maps.

A transformer has tokens of 16x16 pixels throughout, and takes images of one size. Its
maps are those of its tokens after each quarter of its blocks, repeated or averaged to
the strides 4, 8, 16 and 32; larger images are processed window by window.
"""

import keras
import keras_hub

from tfiqa import layers

TOKEN = 16


def vision_transformer(
    imagenet: bool,
    *,
    side: int,
    depth: int,
    heads: int,
    length: int,
    preset: str = "",
) -> keras.Model:
    """Returns the trunk, from `(batch, height, width, 3)` of any size to four maps.

    Args:
        imagenet: Whether to use the published weights of `preset`.
        side: Side of the windows in pixels, a multiple of 32.
        depth: Number of blocks, a multiple of 4.
        heads: Number of attention heads.
        length: Length of a token.
        preset: Name of published weights, if any.
    """
    if imagenet:
        model = keras_hub.models.ViTBackbone.from_preset(preset)
    else:
        model = keras_hub.models.ViTBackbone(
            image_shape=(side, side, 3),
            patch_size=TOKEN,
            num_layers=depth,
            num_heads=heads,
            hidden_dim=length,
            mlp_dim=4 * length,
        )
    window = keras.Input((side, side, 3), name="window")
    stages = keras.Model(window, layers.TokenMaps(model, name="stages")(window))
    images = keras.Input((None, None, 3))
    return keras.Model(images, layers.Windowed(stages, side)(images))
