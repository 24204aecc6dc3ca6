"""Dead leaves with textures in place of flat colors.

Textures fill the spectrum and soften the derivatives between the edges, which brings
the statistics of dead leaves closer to those of natural images (Baradad et al.,
"Learning to See by Looking at Noise", NeurIPS 2021).
"""

import os

import numpy as np

from tfiqa.synthetic import textures as texture_pools
from tfiqa.synthetic.dead_leaves_model import checked_size
from tfiqa.synthetic.dead_leaves_model import leaf_map
from tfiqa.synthetic.randomness import Stream

# Purpose of the random stream; the geometry is that of `dead_leaves`.
_TEXTURES = 2

# Smallest and largest side of a texture; it repeats beyond.
_SIDES = (64, 512)

# Light on a leaf: exposure and tint in stops; gradient as a gain over half the image.
_EXPOSURE = (-0.5, 0.25)
_TINT = 0.2
_GRADIENT = 0.5


def textured_leaves(
    index: int,
    size: int | tuple[int, int],
    *,
    seed: int = 0,
    shapes: str = "discs",
    radii: tuple[float, float] = (0.03, 1.0),
    radius_law: str = "inverse",
    textures: str | os.PathLike[str] | None = None,
    aligned: bool = False,
    lighting: bool = True,
) -> np.ndarray:
    """Returns one image of an endless series, the same on every machine.

    Args:
        index: Index of the image.
        size: Side in pixels, or rows and columns; each at least 16.
        seed: Seed of the series and of the generated textures.
        shapes: See `dead_leaves`, as for `radii` and `radius_law`.
        radii: The smallest and the largest radius.
        radius_law: "inverse" or "nearest".
        textures: A folder of images to take textures from; all of them stay in
            memory, at most 1 MB each. Default: generated textures.
        aligned: Whether a leaf shows the part of its texture at its own position in the
            image, as published. Otherwise the texture is shifted, rotated by quarter
            turns and mirrored at random for each leaf.
        lighting: Whether each leaf has its own light: exposure, tint, and a gradient of
            brightness.

    Returns:
        uint8 `(rows, columns, 3)`, RGB.

    Raises:
        ValueError: If an argument is not as described; the message names it.
    """
    size = checked_size(size)
    visible = leaf_map(
        index, size, seed=seed, shapes=shapes, radii=radii, radius_law=radius_law
    )
    # Only visible leaves, by their distance.
    _, visible = np.unique(visible, return_inverse=True)
    visible = visible.reshape(size).astype(np.int32)
    side = min(max(_SIDES[0], 1 << (max(size) - 1).bit_length()), _SIDES[1])
    if textures is None:
        pool = texture_pools.pool(side, seed)
    else:
        pool = texture_pools.read(os.fspath(textures), side)
    stream = Stream(seed, index, _TEXTURES)
    image = _textured(stream, visible, pool, aligned=aligned)
    return _lit(stream, visible, image) if lighting else image


def _textured(
    stream: Stream, visible: np.ndarray, pool: np.ndarray, *, aligned: bool
) -> np.ndarray:
    """Returns the texture of the leaf at each pixel, uint8 `(rows, columns, 3)`."""
    count, side = int(visible.max()) + 1, pool.shape[1]
    choice = stream.integers(len(pool), count)  # int64, to index many textures.
    rows, columns = _coordinates(visible.shape, np.int32)
    if not aligned:
        shift = stream.integers(side, 2, count).astype(np.int32)
        turn = 2 * stream.integers(2, 2, count).astype(np.int32) - 1
        swapped = stream.integers(2, count).astype(bool)[visible]
        rows, columns = (
            np.where(swapped, columns, rows),
            np.where(swapped, rows, columns),
        )
        rows = rows * turn[0][visible] + shift[0][visible]
        columns = columns * turn[1][visible] + shift[1][visible]
    # Sides are powers of two.
    index = (
        (choice * side**2)[visible] + (rows & side - 1) * side + (columns & side - 1)
    )
    words = pool.view(np.uint32).reshape(-1)
    return words[index].view(np.uint8).reshape(*visible.shape, 4)[..., :3]


def _lit(stream: Stream, visible: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Returns the image with individual light on each leaf."""
    count = int(visible.max()) + 1
    exposure = stream.uniform(count) * (_EXPOSURE[1] - _EXPOSURE[0]) + _EXPOSURE[0]
    tint = _TINT * (2.0 * stream.uniform(3, count) - 1.0)
    gains = np.exp2(exposure + tint).T.astype(np.float32)
    gradients = _GRADIENT * (4.0 * stream.uniform(2, count) - 2.0) / max(visible.shape)
    gradients = gradients.astype(np.float32)
    rows, columns = _coordinates(visible.shape, np.float32)
    light = gradients[0][visible] * (rows - np.float32(visible.shape[0] / 2))
    light += gradients[1][visible] * (columns - np.float32(visible.shape[1] / 2))
    light += np.float32(1.0)
    lit = image * (gains[visible] * np.maximum(light, 0)[..., None])
    return np.minimum(lit + np.float32(0.5), 255).astype(np.uint8)


def _coordinates(shape: tuple[int, ...], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Returns rows `(rows, 1)` and columns `(columns,)` of the pixels."""
    return np.arange(shape[0], dtype=dtype)[:, None], np.arange(shape[1], dtype=dtype)
