"""PIQE in plain NumPy and SciPy; see `plain_brisque`."""

import numpy as np

from benchmarks.plain_brisque import mscn


def piqe(picture):
    """Returns the score and what it judges of each block, `(rows, columns, 4)`."""
    gray = picture @ np.array([0.299, 0.587, 0.114])
    gray = np.floor(255 * gray / gray.max() + 0.5)
    height, width = gray.shape
    gray = np.pad(gray, [(0, height % 16), (0, width % 16)], mode="symmetric")
    normalized = mscn(gray, "nearest", 1.0)
    rows, columns = (side // 16 for side in gray.shape)
    blocks = np.zeros((rows, columns, 4))
    for row in range(rows):
        for column in range(columns):
            block = normalized[16 * row :, 16 * column :][:16, :16]
            blocks[row, column] = judged(block)
    variance, active, artefact, noise = np.moveaxis(blocks, -1, 0)
    total = np.sum(active * (artefact * (1 - variance) + noise * variance))
    return 100 * (1 + total) / (1 + active.sum()), blocks


def judged(block):
    variance = block.var(ddof=1)
    if variance <= 0.1:
        return variance, 0, 0, 0
    edges = block[0], block[-1], block[:, 0], block[:, -1]
    even = any(
        edge[first : first + 6].std(ddof=1) < 0.1
        for edge in edges
        for first in range(11)
    )
    around = np.delete(block, [7, 9], axis=1).std(ddof=1)
    ratio = block[:, 7:9].std(ddof=1) / around
    deviation = np.sqrt(variance)
    beta = abs(deviation - ratio) / max(deviation, ratio)
    return variance, 1, even, deviation > 2 * beta
