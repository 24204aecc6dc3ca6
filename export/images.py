"""Images to compare exports on, and to calibrate quantized ones with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.synthetic.dead_leaves_model import dead_leaves

COUNT = 64

# Some sizes repeat; both orientations; one is smaller than most scorers' crops.
_SIDES = [*[(256, 256)] * 4, (224, 320), (300, 200), (240, 240), (30, 47)]
_SIDES += [(192, 256), (256, 192), (320, 240), (128, 160), (97, 131), (360, 270)]
_SIDES += [(384, 512), (64, 400)]
# Their number has no divisor in common with that of the sizes: all pairs occur.
_KINDS = ["sharp", "blurred", "very blurred", "noisy", "slightly noisy", "very noisy"]
_KINDS += ["slightly blurred"]
_BLURS = {"slightly blurred": 1, "blurred": 4, "very blurred": 25}
_NOISES = {"slightly noisy": 5.0, "noisy": 15.0, "very noisy": 50.0}


def generated(
    count: int = COUNT,
    *,
    min_side: int = 1,
    size: tuple[int, int] | None = None,
    first: int = 0,
) -> list[np.ndarray]:
    """Returns generated scenes, uint8 `(height, width, 3)`: sharp, blurred and noisy.

    Args:
        count: Number of images.
        min_side: Smallest side in pixels.
        size: Height and width of all images; different sizes when None.
        first: Index of the first scene; other indices give other scenes.
    """
    return [
        _scene(index, size or _sides(index, min_side))
        for index in range(first, first + count)
    ]


def comparison_set(
    images: Sequence[np.ndarray] | None,
    *,
    min_side: int = 1,
    size: tuple[int, int] | None = None,
) -> list[np.ndarray]:
    """Returns the images that an export is compared on.

    Args:
        images: uint8 `(height, width, 3)`; generated ones and a flat one when None.
        min_side: Smallest side of generated images, in pixels.
        size: Height and width to which `images` are cropped or repeated.
    """
    if images is None:
        images = generated(min_side=min_side, size=size)
        return [*images, flat(images)]
    return (
        list(images) if size is None else [center_crop(image, size) for image in images]
    )


def completed(images: Sequence[np.ndarray], *, min_side: int = 1) -> list[np.ndarray]:
    """Returns the images, generated ones up to `COUNT`, and a flat one."""
    missing = max(COUNT - len(images), 0)
    images = [*images, *generated(missing, min_side=min_side)]
    return [*images, flat(images)]


def flat(images: list[np.ndarray]) -> np.ndarray:
    """Returns a uniform image of the size of the last one."""
    return np.full_like(images[-1], 99)


def with_references(
    images: Sequence[np.ndarray],
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Returns a degraded copy of each image, and the image itself as its reference.

    Copies are blurred, noisy, or, every seventh, equal to their references.
    """
    return [
        (_degraded(image.astype("float64"), _KINDS[index % len(_KINDS)], index), image)
        for index, image in enumerate(images)
    ]


def read_folder(folder: str | Path, limit: int = COUNT) -> list[np.ndarray]:
    """Returns the first `limit` images of a folder, in the order of their names.

    Raises:
        ValueError: If the folder has no files, or one of them is not an image.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.is_file())
    if not paths:
        raise ValueError(f"A folder of images is expected. Received: {folder}")
    return [_read(path) for path in paths[:limit]]


def _read(path: Path) -> np.ndarray:
    try:
        return decode(path.read_bytes())
    except ValueError as error:
        raise ValueError(
            f"A folder of images only is expected. Received: {path}: {error}"
        ) from error


def center_crop(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the middle of an image at `size`; smaller images are repeated."""
    for axis, length in enumerate(size):
        spare = image.shape[axis] - length
        indices = np.arange(length) + max(spare, 0) // 2
        image = np.take(image, indices, axis=axis, mode="wrap")
    return image


def _sides(index: int, min_side: int) -> tuple[int, int]:
    height, width = _SIDES[index % len(_SIDES)]
    return max(height, min_side), max(width, min_side)


def _scene(index: int, size: tuple[int, int]) -> np.ndarray:
    kind = _KINDS[index % len(_KINDS)]
    return _degraded(dead_leaves(index, size).astype("float64"), kind, index)


def _degraded(levels: np.ndarray, kind: str, index: int) -> np.ndarray:
    """Returns uint8 levels, blurred or noisy; `index` is the seed of the noise."""
    for _ in range(_BLURS.get(kind, 0)):
        for axis in (0, 1):
            levels += np.roll(levels, 1, axis) + np.roll(levels, -1, axis)
            levels /= 3
    noise = np.random.default_rng(index).standard_normal(levels.shape)
    levels += _NOISES.get(kind, 0.0) * noise
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
