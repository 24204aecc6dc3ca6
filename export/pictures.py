"""Pictures on which exports are compared, and from which integers are calibrated."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.synthetic.dead_leaves_model import dead_leaves

COUNT = 64

# Several of one size, both formats, and one smaller than the crops of most scorers.
_SIDES = [*[(256, 256)] * 4, (224, 320), (300, 200), (240, 240), (30, 47)]
_SIDES += [(192, 256), (256, 192), (320, 240), (128, 160), (97, 131), (360, 270)]
_SIDES += [(384, 512), (64, 400)]
# As many as have no divisor in common with the sizes, so that all pairs occur.
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
    """Returns scenes, uint8 `(height, width, 3)`, sharp, blurred and noisy.

    Args:
        count: How many.
        min_side: Smallest side in pixels.
        size: Height and width of all; several sizes if not given.
        first: Number of the first scene, for others than usual.
    """
    return [
        _scene(index, size or _sides(index, min_side))
        for index in range(first, first + count)
    ]


def compared(
    given: Sequence[np.ndarray] | None,
    *,
    min_side: int = 1,
    size: tuple[int, int] | None = None,
) -> list[np.ndarray]:
    """Returns what an export is compared on: the given pictures, or else the usual.

    Args:
        given: uint8 `(height, width, 3)`; if None, generated ones and a flat one.
        min_side: Smallest side in pixels.
        size: Height and width that all are brought to.
    """
    if given is None:
        given = generated(min_side=min_side, size=size)
        return [*given, flat(given)]
    return list(given) if size is None else [fitted(one, size) for one in given]


def filled(given: Sequence[np.ndarray], *, min_side: int = 1) -> list[np.ndarray]:
    """Returns given pictures, generated ones where they are few, and a flat one."""
    missing = max(COUNT - len(given), 0)
    pictures = [*given, *generated(missing, min_side=min_side)]
    return [*pictures, flat(pictures)]


def flat(pictures: list[np.ndarray]) -> np.ndarray:
    """Returns a picture without structure, as large as the last one."""
    return np.full_like(pictures[-1], 99)


def of_folder(folder: str | Path, most: int = COUNT) -> list[np.ndarray]:
    """Returns the first pictures of a folder, in the order of their names.

    Raises:
        ValueError: If there is none, or one does not decode.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.is_file())
    if not paths:
        raise ValueError(f"A folder of pictures is expected. Received: {folder}")
    return [_read(path) for path in paths[:most]]


def _read(path: Path) -> np.ndarray:
    try:
        return decode(path.read_bytes())
    except ValueError as error:
        raise ValueError(
            f"A folder of pictures alone is expected. Received: {path}: {error}"
        ) from error


def fitted(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns the middle of a picture at a size, repeated where it is smaller."""
    for axis, length in enumerate(size):
        spare = picture.shape[axis] - length
        places = np.arange(length) + max(spare, 0) // 2
        picture = np.take(picture, places, axis=axis, mode="wrap")
    return picture


def _sides(index: int, min_side: int) -> tuple[int, int]:
    height, width = _SIDES[index % len(_SIDES)]
    return max(height, min_side), max(width, min_side)


def _scene(index: int, size: tuple[int, int]) -> np.ndarray:
    kind = _KINDS[index % len(_KINDS)]
    levels = dead_leaves(index, size).astype("float64")
    for _ in range(_BLURS.get(kind, 0)):
        for axis in (0, 1):
            levels += np.roll(levels, 1, axis) + np.roll(levels, -1, axis)
            levels /= 3
    noise = np.random.default_rng(index).standard_normal(levels.shape)
    levels += _NOISES.get(kind, 0.0) * noise
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
