"""BRISQUE: natural scene statistics, and a regression on them."""

import keras

from tfiqa import layers

FEATURES = 36


def brisque_features(
    *, variant: str = "ut", exact_zeros: bool = True, name: str = "brisque_features"
) -> keras.Model:
    """Returns the model from images of any size to the 36 features of BRISQUE.

    Args:
        variant: `"ut"` for the features of the authors' release, `"opencv"` for those
            of OpenCV's module.
        exact_zeros: Whether rounding errors in flat areas become 0, so that features of
            such images do not depend on the order of additions; see
            `layers.BRISQUEFeatures`.
        name: Name of the model.

    Example:
        >>> features = brisque_features()(images)  # (batch, 36)

    Reference:
        Mittal, Moorthy & Bovik, "No-reference image quality assessment in the spatial
        domain", IEEE Transactions on Image Processing 2012.
    """
    images = keras.Input((None, None, 3), name="images")
    features = layers.BRISQUEFeatures(variant, exact_zeros, name="features")(images)
    return keras.Model(images, features, name=name)
