"""Memory that steps of a computation use again."""

import math
from typing import Any

import numpy as np


class Scratch:
    """Arrays by name, which stay in the cache and cost no new pages.

    For one thread.
    """

    def __init__(self):
        self._held: dict[str, np.ndarray] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any = float):
        """Returns an array with any content, the same memory for each name."""
        count = math.prod(shape)
        held = self._held.get(name)
        if held is None or held.size < count or held.dtype != dtype:
            held = self._held[name] = np.empty(count, dtype)
        return held[:count].reshape(shape)
