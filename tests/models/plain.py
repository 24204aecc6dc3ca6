"""What the tests of models share: small arguments, and images as plain arrays."""

import numpy as np

from tests.support.toy_scorer import toy_image

SLIM = {"backbone": "resnet10_slim"}


def images(count: int = 8, side: int = 40) -> list[np.ndarray]:
    """Returns images whose contrast grows with their number, uint8 each."""
    return [toy_image(index, side, side) for index in range(count)]


def batch(count: int = 8, side: int = 32) -> np.ndarray:
    """Returns the same as one float32 array `(count, side, side, 3)`."""
    return np.stack(images(count, side)).astype("float32")
