"""Dead leaves that carry textures in place of flat colours.

Textures fill the spectrum and soften the derivatives between the edges, which
brings the statistics of dead leaves closer to those of natural pictures (Baradad et
al., "Learning to See by Looking at Noise", NeurIPS 2021).
"""

import os

import numpy as np

from tfiqa.synthetic import textures as texture_pools
from tfiqa.synthetic.dead_leaves_model import checked_size
from tfiqa.synthetic.dead_leaves_model import leaf_map
from tfiqa.synthetic.randomness import Stream

# Purpose of the random stream; the geometry is that of `dead_leaves`.
_TEXTURES = 2

# Textures are at least so large, and at most, where they repeat.
_SIDES = (64, 512)

# Light on a leaf: exposure and tint in stops; slope, a gain over half the picture.
_EXPOSURE = (-0.5, 0.25)
_TINT = 0.2
_SLOPE = 0.5


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
    """Returns one picture of an endless series, the same on every machine.

    Args:
        index: Which picture.
        size: Side in pixels, or rows and columns; each at least 16.
        seed: Which series, and which made-up textures.
        shapes: See `dead_leaves`, as for `radii` and `radius_law`.
        radii: The smallest and the largest radius.
        radius_law: "inverse" or "nearest".
        textures: A folder of pictures to take textures from; all of them stay in
            memory, at most 1 MB each. Default: made-up ones.
        aligned: Whether a leaf shows its texture at the place of the picture that
            it covers, as published. Otherwise the texture is shifted, turned by
            quarters and mirrored at random for each leaf.
        lighting: Whether each leaf has a light of its own: exposure, tint, and a
            slope of brightness.

    Returns:
        uint8 `(rows, columns, 3)`, RGB.

    Raises:
        ValueError: If an argument is not as described; the message names it.
    """
    size = checked_size(size)
    seen = leaf_map(
        index, size, seed=seed, shapes=shapes, radii=radii, radius_law=radius_law
    )
    # Only leaves that are seen, by their distance.
    _, seen = np.unique(seen, return_inverse=True)
    seen = seen.reshape(size).astype(np.int32)
    side = min(max(_SIDES[0], 1 << (max(size) - 1).bit_length()), _SIDES[1])
    if textures is None:
        pool = texture_pools.pool(side, seed)
    else:
        pool = texture_pools.read(os.fspath(textures), side)
    stream = Stream(seed, index, _TEXTURES)
    picture = _textured(stream, seen, pool, aligned=aligned)
    return _lit(stream, seen, picture) if lighting else picture


def _textured(
    stream: Stream, seen: np.ndarray, pool: np.ndarray, *, aligned: bool
) -> np.ndarray:
    """Returns the texture of the leaf at each pixel, uint8 `(rows, columns, 3)`."""
    count, side = int(seen.max()) + 1, pool.shape[1]
    choice = stream.whole(len(pool), count)  # int64, as places of many textures are.
    rows, columns = _places(seen.shape, np.int32)
    if not aligned:
        shift = stream.whole(side, 2, count).astype(np.int32)
        turn = 2 * stream.whole(2, 2, count).astype(np.int32) - 1
        swapped = stream.whole(2, count).astype(bool)[seen]
        rows, columns = (
            np.where(swapped, columns, rows),
            np.where(swapped, rows, columns),
        )
        rows = rows * turn[0][seen] + shift[0][seen]
        columns = columns * turn[1][seen] + shift[1][seen]
    # Sides are powers of two.
    place = (choice * side**2)[seen] + (rows & side - 1) * side + (columns & side - 1)
    words = pool.view(np.uint32).reshape(-1)
    return words[place].view(np.uint8).reshape(*seen.shape, 4)[..., :3]


def _lit(stream: Stream, seen: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Returns the picture with a light on each leaf."""
    count = int(seen.max()) + 1
    exposure = stream.uniform(count) * (_EXPOSURE[1] - _EXPOSURE[0]) + _EXPOSURE[0]
    tint = _TINT * (2.0 * stream.uniform(3, count) - 1.0)
    gains = np.exp2(exposure + tint).T.astype(np.float32)
    slopes = _SLOPE * (4.0 * stream.uniform(2, count) - 2.0) / max(seen.shape)
    slopes = slopes.astype(np.float32)
    rows, columns = _places(seen.shape, np.float32)
    light = slopes[0][seen] * (rows - np.float32(seen.shape[0] / 2))
    light += slopes[1][seen] * (columns - np.float32(seen.shape[1] / 2))
    light += np.float32(1.0)
    lit = picture * (gains[seen] * np.maximum(light, 0)[..., None])
    return np.minimum(lit + np.float32(0.5), 255).astype(np.uint8)


def _places(shape: tuple[int, ...], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Returns row `(rows, 1)` and column `(columns,)` of the pixels."""
    return np.arange(shape[0], dtype=dtype)[:, None], np.arange(shape[1], dtype=dtype)
