"""Memory that computations use again."""

import math
import threading
from typing import Any

import numpy as np

# Larger arrays are not kept, so that memory does not grow with the largest image.
MOST_BYTES = 1 << 23


class Scratch(threading.local):
    """Arrays by name, other ones in each thread.

    Outside of the main thread, the C library gives memory back to the system as soon as
    it is free. Taking it again for each image can cost as much as computing.
    """

    def __init__(self):
        self._kept: dict[str, np.ndarray] = {}

    def array(
        self, name: str, shape: tuple[int, ...], dtype: Any = float
    ) -> np.ndarray:
        """Returns an array with any content, valid until this name is used again.

        Args:
            name: Its name, used for one dtype.
            shape: Its shape.
            dtype: Its dtype.
        """
        count = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < count:
            kept = np.empty(count, dtype)
            if kept.nbytes <= MOST_BYTES:
                self._kept[name] = kept
        return kept[:count].reshape(shape)
