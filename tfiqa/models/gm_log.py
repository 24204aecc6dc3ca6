"""GM-LOG: joint statistics of gradients and of a Laplacian."""

import keras

from tfiqa import layers


def gm_log_features(*, name: str = "gm_log_features") -> keras.Model:
    """Returns the model from images of any size to the 40 features of GM-LOG.

    Args:
        name: Name of the model.

    Example:
        >>> features = gm_log_features()(images)  # (batch, 40)

    Reference:
        Xue, Mou, Zhang, Bovik & Feng, "Blind image quality assessment using joint
        statistics of gradient magnitude and Laplacian features", IEEE Transactions on
        Image Processing 2014.
    """
    images = keras.Input((None, None, 3), name="images")
    features = layers.GMLOGFeatures(name="features")(images)
    return keras.Model(images, features, name=name)
