"""PIQE in NumPy and double precision, the same computation as in `tfiqa.layers`.

Tests compare the two. The docstrings of the layers explain each step.
"""

import numpy as np

from tfiqa.pixels import luma
from tfiqa.pixels.reflection import mirrored
from tfiqa.scoring.runtimes import luminance
from tfiqa.scoring.runtimes.scratch import Scratch

SIZE = 16
STRIP = 96  # Rows processed at once, a multiple of SIZE.
# See `layers.piqe_blocks`.
SMOOTH = 0.1
WINDOW = 6


def distance(image: np.ndarray, scratch: Scratch | None = None) -> float:
    """Returns the distortion of an image, 0 to 100; see `layers.PIQEDistance`.

    Args:
        image: uint8 `(height, width, 3)`, RGB, no side shorter than 8 pixels.
        scratch: Memory for images that follow one another; new when None.
    """
    blocks = judged_blocks(image, scratch)
    _, active, _, _, distortion = blocks.sum(0)
    return float(100.0 * (1.0 + distortion) / (1.0 + active))


def judged_blocks(image: np.ndarray, scratch: Scratch | None = None) -> np.ndarray:
    """Returns the verdicts on each block, `(blocks, 5)`; see `layers.PIQEBlocks`.

    Args:
        image: See `distance`.
        scratch: See `distance`.
    """
    scratch = scratch or Scratch()
    height, width, _ = image.shape
    padded = height + height % SIZE
    rows, columns = padded // SIZE, (width + width % SIZE) // SIZE
    extent = mirrored(np.arange(width + width % SIZE), width, np)
    highest = max(
        _gray(image[top : top + STRIP], scratch).max()
        for top in range(0, height, STRIP)
    )
    parts = []
    for top in range(0, rows * SIZE, STRIP):
        count = min(STRIP, rows * SIZE - top)
        strip = top + np.arange(-luminance.REACH, count + luminance.REACH)
        picked = mirrored(np.clip(strip, 0, padded - 1), height, np)
        levels = _gray(image[picked], scratch)
        levels /= highest  # In this order, as rounding follows.
        levels *= 255.0
        levels = np.floor(levels + 0.5)[:, extent]
        values = luminance.normalized(
            levels, np.arange(len(levels)), exact_zeros=False, scratch=scratch
        )
        inside = values[:, : columns * SIZE].reshape(-1, SIZE, columns, SIZE)
        parts.append(_judged(inside.swapaxes(1, 2).reshape(-1, SIZE, SIZE)))
    return np.concatenate(parts)


def _gray(pixels: np.ndarray, scratch: Scratch) -> np.ndarray:
    # Added from red to blue, as the layer does: a sum that is rounded otherwise may
    # become another level later.
    gray = scratch.array("gray", pixels.shape[:2])
    part = scratch.array("part", pixels.shape[:2])
    np.multiply(pixels[..., 0], luma.BT601[0], out=gray)
    for channel in (1, 2):
        gray += np.multiply(pixels[..., channel], luma.BT601[channel], out=part)
    return gray


def _judged(blocks: np.ndarray) -> np.ndarray:
    """Returns variance, verdicts and distortion of blocks `(n, 16, 16)`, `(n, 5)`."""
    variance = blocks.var(axis=(1, 2), ddof=1)
    edges = [blocks[:, 0], blocks[:, -1], blocks[:, :, 0], blocks[:, :, -1]]
    edges, count = np.stack(edges, axis=1), SIZE - WINDOW + 1
    windows = np.stack([edges[..., i : i + count] for i in range(WINDOW)])
    even = windows.std(axis=0, ddof=1) < SMOOTH
    active = variance > SMOOTH
    artifact = active & even.any(axis=(1, 2))
    # Columns 8 and 9, and all columns but 8 and 10, counted from 1.
    middle = blocks[:, :, 7:9].std(axis=(1, 2), ddof=1)
    around = np.delete(blocks, [7, 9], axis=2).std(axis=(1, 2), ddof=1)
    deviation = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = middle / around
        ratio[np.isnan(ratio)] = 0.0
        beta = np.abs(deviation - ratio) / np.maximum(deviation, ratio)
        noise = active & (deviation > 2.0 * beta)
    distortion = artifact * (1.0 - variance) + noise * variance
    return np.stack([variance, active, artifact, noise, distortion], axis=1)
