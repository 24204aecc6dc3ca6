"""Quality within windows of a picture, from one look at it."""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from tfiqa.layers.local_statistics import window_statistics
from tfiqa.layers.map_statistics import MapStatistics

# Side of a window in pixels, and the step to the next.
WINDOW, STRIDE = 128, 64


def has_windows(scorer: keras.Model) -> bool:
    """Returns whether a scorer can score windows, as those of `frozen_trunk` can."""
    return isinstance(scorer.layers[1], MapStatistics)


def window_reader(scorer: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function from a picture to the scores of its windows.

    The picture is uint8 `(height, width, 3)`; it is continued by reflection where no
    window ends at its border. Scores are float32 `(rows, columns)`; window `(i, j)`
    begins at row `64 i` and column `64 j` and has a side of 128 pixels. Windows without
    structure have a score too.

    Args:
        scorer: One that `has_windows`.
    """
    features = scorer.layers[1]
    assert isinstance(features, MapStatistics)
    head = scorer.layers[2:-1]
    mos = scorer.layers[-1]

    def read(picture: np.ndarray) -> np.ndarray:
        continued = _continued(picture)
        rows, columns = (side // STRIDE - 1 for side in continued.shape[:2])
        scores = np.empty((rows, columns), np.float32)
        count = max(1, features.side // STRIDE - 1)  # Windows of a tile, each way.
        for top in range(0, rows, count):
            for left in range(0, columns, count):
                here = np.s_[top : top + count, left : left + count]
                tile = continued[
                    top * STRIDE : (top + count + 1) * STRIDE,
                    left * STRIDE : (left + count + 1) * STRIDE,
                ]
                scores[here] = _scores(features, head, mos, tile)
        return scores

    return read


def _scores(features, head, mos, tile: np.ndarray) -> np.ndarray:
    found = window_statistics(
        features, ops.convert_to_tensor(tile[None]), window=WINDOW, stride=STRIDE
    )
    _, rows, columns, length = found.shape
    quality = ops.reshape(found, (rows * columns, length))
    for layer in head:
        quality = layer(quality)
    quality = ops.convert_to_numpy(quality) * mos.scale + mos.offset
    return quality.reshape(rows, columns)


def _continued(picture: np.ndarray) -> np.ndarray:
    """Returns the picture with sides that are multiples of the stride, by reflection.

    What is continued lies at the right and below.
    """
    sides = picture.shape[:2]
    wanted = [max(WINDOW, -(-side // STRIDE) * STRIDE) for side in sides]
    pads = [(0, more - side) for side, more in zip(sides, wanted, strict=True)]
    return np.pad(picture, [*pads, (0, 0)], mode="symmetric")
