"""Quality within windows of an image, from a single pass over it."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from tfiqa.layers.local_statistics import window_statistics
from tfiqa.layers.map_statistics import MapStatistics

# Side of a window and step to the next one, in pixels.
WINDOW, STRIDE = 128, 64


def has_windows(scorer: keras.Model) -> bool:
    """Returns whether a scorer can score windows; those of `frozen_trunk` can."""
    return isinstance(scorer.layers[1], MapStatistics)


def window_reader(scorer: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function from an image to the scores of its windows.

    The image is uint8 `(height, width, 3)`; it is extended by reflection unless windows
    end at its border. Scores are float32 `(rows, columns)`; window `(i, j)` begins at
    row `64 i` and column `64 j` and has a side of 128 pixels. Windows without structure
    have a score too.

    Args:
        scorer: A scorer for which `has_windows` is true.
    """
    features = scorer.layers[1]
    assert isinstance(features, MapStatistics)
    head = scorer.layers[2:-1]
    mos = scorer.layers[-1]

    def read(image: np.ndarray) -> np.ndarray:
        extended = _extended(image)
        rows, columns = (side // STRIDE - 1 for side in extended.shape[:2])
        scores = np.empty((rows, columns), np.float32)
        count = max(1, features.side // STRIDE - 1)  # Windows along a tile's side.
        for top in range(0, rows, count):
            for left in range(0, columns, count):
                block = np.s_[top : top + count, left : left + count]
                tile = extended[
                    top * STRIDE : (top + count + 1) * STRIDE,
                    left * STRIDE : (left + count + 1) * STRIDE,
                ]
                scores[block] = _scores(features, head, mos, tile)
        return scores

    return read


def _scores(features, head, mos, tile: np.ndarray) -> np.ndarray:
    statistics = window_statistics(
        features, ops.convert_to_tensor(tile[None]), window=WINDOW, stride=STRIDE
    )
    _, rows, columns, length = statistics.shape
    quality = ops.reshape(statistics, (rows * columns, length))
    for layer in head:
        quality = layer(quality)
    quality = ops.convert_to_numpy(quality) * mos.scale + mos.offset
    return quality.reshape(rows, columns)


def _extended(image: np.ndarray) -> np.ndarray:
    """Returns the image with its sides extended to multiples of the stride.

    Pixels are reflected at the right and bottom borders.
    """
    sides = image.shape[:2]
    targets = [max(WINDOW, -(-side // STRIDE) * STRIDE) for side in sides]
    pads = [(0, target - side) for side, target in zip(sides, targets, strict=True)]
    return np.pad(image, [*pads, (0, 0)], mode="symmetric")
