"""The small network for patches of 64 x 64 pixels of PQR, which learns from scratch.

Not to be confused with the S-CNN of DB-CNN, another network of that name.
"""

import keras

SIDE = 64
LENGTH = 512
FILTERS = (32, 64, 128, 256)


def build_s_cnn_64() -> keras.Model:
    """Returns the network from crops `(crops, 64, 64, 3)` to `(crops, 512)`.

    Four convolutions of 3 x 3, each followed by a maximum over 2 x 2 and ReLU, leave
    2 x 2 positions, over which the last convolution extends.

    Reference:
        Zeng, Zhang & Bovik, "A probabilistic quality representation approach to deep
        blind image quality prediction", arXiv:1708.08190, 2017.
    """
    crops = keras.Input((SIDE, SIDE, 3), name="crops")
    x = crops
    for number, filters in enumerate(FILTERS, 1):
        x = _convolution(filters, 3, name=f"conv{number}")(x)
        x = keras.layers.MaxPooling2D(2, data_format="channels_last")(x)
        x = keras.layers.ReLU()(x)
    x = _convolution(LENGTH, 2, name="conv5")(x)
    x = keras.layers.Flatten(data_format="channels_last")(keras.layers.ReLU()(x))
    return keras.Model(crops, x, name="s_cnn_64")


def _convolution(filters: int, size: int, *, name: str) -> keras.layers.Layer:
    """Returns a layer initialized like the release, half of He's law of the fan-out."""
    deviation = (2 / (size * size * filters)) ** 0.5 / 2
    return keras.layers.Conv2D(
        filters,
        size,
        data_format="channels_last",
        kernel_initializer=keras.initializers.RandomNormal(stddev=deviation),
        name=name,
    )
