"""Changes that are nearly invisible, or that do not affect quality."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image


def with_noise(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Adds Gaussian noise with a deviation of one of 255 levels, which is invisible."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, scene.shape)
    return np.clip(np.rint(scene + noise), 0, 255).astype(np.uint8)


def flipped(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Mirrors left and right."""
    del seed
    return np.ascontiguousarray(scene[:, ::-1])


def in_fine_jpeg(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Compresses by JPEG at quality 95, and decodes."""
    del seed
    file = io.BytesIO()
    Image.fromarray(scene).save(file, "JPEG", quality=95)
    return np.asarray(Image.open(file))


def at_half_size(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Halves both sides with an antialiased bicubic filter."""
    del seed
    size = (scene.shape[1] // 2, scene.shape[0] // 2)
    image = Image.fromarray(scene)
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC))


# Functions from a scene, uint8 `(height, width, 3)`, and a seed to the changed scene.
CHANGES: dict[str, Callable[[np.ndarray, tuple[int, int]], np.ndarray]] = {
    "noise of one level": with_noise,
    "flip": flipped,
    "JPEG quality 95": in_fine_jpeg,
    "half size": at_half_size,
}
