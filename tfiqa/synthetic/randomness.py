"""Random numbers that depend on nothing but a seed, an index and a purpose.

Philox is keyed by `(seed, index)`: any two keys give independent streams, so image 7
needs none of the images before it. Only raw bits are taken from NumPy, because NumPy
guarantees that they never change.
"""

import operator

import numpy as np

_LARGEST_KEY = 2**64 - 1


class Stream:
    """An endless stream of uniform numbers.

    Args:
        seed: Seed of the series of images, `0` to `2**64 - 1`.
        index: Index of the image in the series, in the same range.
        purpose: Number of the independent stream of that image.

    Raises:
        ValueError: If the seed or the index is out of range.
    """

    def __init__(self, seed: int, index: int, purpose: int = 0):
        key = [_key("seed", seed), _key("index", index)]
        self._bits = np.random.Philox(
            key=np.array(key, np.uint64),
            counter=np.array([0, 0, 0, purpose], np.uint64),
        )

    def uniform(self, *shape: int) -> np.ndarray:
        """Returns float64 numbers of `shape` in `[0, 1)`, multiples of `2**-53`."""
        raw = self._bits.random_raw(int(np.prod(shape)))
        return ((raw >> np.uint64(11)) * 2.0**-53).reshape(shape)

    def integers(self, below: int, *shape: int) -> np.ndarray:
        """Returns int64 numbers of `shape`, uniform in `0` to `below - 1`."""
        return (self.uniform(*shape) * below).astype(np.int64)


def _key(name: str, value: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= _LARGEST_KEY:
        raise ValueError(
            f"An integer from 0 to 2**64 - 1 is expected. Received: {name}={value}"
        )
    return number
