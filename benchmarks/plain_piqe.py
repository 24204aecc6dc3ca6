"""PIQE in plain NumPy and SciPy; see `plain_brisque`."""

import numpy as np

from benchmarks.plain_brisque import mscn


def piqe(image):
    """Returns the score, and four values of each block, `(rows, columns, 4)`.

    The values are the variance, and whether the block is active, artifact or noisy.
    """
    gray = image @ np.array([0.299, 0.587, 0.114])
    gray = np.floor(255 * gray / gray.max() + 0.5)
    height, width = gray.shape
    gray = np.pad(gray, [(0, height % 16), (0, width % 16)], mode="symmetric")
    normalized = mscn(gray, "nearest", 1.0)
    rows, columns = (side // 16 for side in gray.shape)
    blocks = np.zeros((rows, columns, 4))
    for row in range(rows):
        for column in range(columns):
            block = normalized[16 * row :, 16 * column :][:16, :16]
            blocks[row, column] = block_judgment(block)
    variance, active, artifact, noise = np.moveaxis(blocks, -1, 0)
    total = np.sum(active * (artifact * (1 - variance) + noise * variance))
    return 100 * (1 + total) / (1 + active.sum()), blocks


def block_judgment(block):
    variance = block.var(ddof=1)
    if variance <= 0.1:
        return variance, 0, 0, 0
    edges = block[0], block[-1], block[:, 0], block[:, -1]
    has_flat_edge = any(
        edge[first : first + 6].std(ddof=1) < 0.1
        for edge in edges
        for first in range(11)
    )
    sides = np.delete(block, [7, 9], axis=1).std(ddof=1)
    ratio = block[:, 7:9].std(ddof=1) / sides
    deviation = np.sqrt(variance)
    beta = abs(deviation - ratio) / max(deviation, ratio)
    return variance, 1, has_flat_edge, deviation > 2 * beta
