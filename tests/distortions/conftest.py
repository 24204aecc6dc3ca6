"""Images that the tests of distortions share."""

import numpy as np
import pytest
from PIL import Image


def textured(
    height: int, width: int, *, seed: int = 0, grain: float = 6.0
) -> np.ndarray:
    """Returns a smooth random image with fine grain, uint8 `(height, width, 3)`."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (6, 6, 3)).astype("uint8")
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    grains = rng.normal(0, grain, (height, width, 1))
    return np.clip(np.asarray(smooth) + grains, 0, 255).round().astype("uint8")


@pytest.fixture(scope="session")
def image() -> np.ndarray:
    """An image uint8 `(60, 52, 3)`."""
    return textured(60, 52)


@pytest.fixture(scope="session")
def make_image():
    """The maker of images: `(height, width, *, seed=0, grain=6.0)` to uint8."""
    return textured
