"""PIQE: blocks of an image that hold artifacts or noise."""

import keras

from tfiqa import __version__
from tfiqa import layers
from tfiqa.layers.piqe_blocks import SIZE

# Smaller images do not hold a block, even when extended.
MIN_SIDE = 8


def piqe() -> keras.Model:
    """Returns the scorer, which needs no training.

    It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
    negative scores `(batch, 1)` from -100 to 0, higher is better. Its layer `blocks`
    returns the verdict on each block of 16 x 16 pixels, and its layer `distance` a map
    of their distortion.

    Example:
        >>> scorer = piqe()
        >>> blocks = keras.Model(scorer.input, scorer.get_layer("blocks").output)
        >>> variance, active, artefact, noise, distortion = keras.ops.unstack(
        ...     blocks(images), 5, axis=-1
        ... )

    Reference:
        Venkatanath, Praneeth, Chandrasekhar, Channappayya & Medasani, "Blind image
        quality evaluation using perception based features", NCC 2015.
    """
    images = keras.Input((None, None, 3), name="images")
    blocks = layers.PIQEBlocks(name="blocks")(images)
    shares = keras.layers.GlobalAveragePooling2D(name="features", dtype="float64")
    metadata = {
        "method": "piqe",
        "dataset": "none",
        "mos_range": [-100.0, 0.0],
        "unit": "negative PIQE",
        "min_side": MIN_SIDE,
        "version": __version__,
        "patch": {"size": SIZE, "stride": SIZE},
    }
    quality = layers.PIQEDistance(name="distance")(blocks, shares(blocks))
    mos = layers.MOS(scale=-1.0, metadata=metadata)(quality, images)
    return layers.Scorer(images, mos, name="piqe")
