"""The size that most images of a source have, for which kernels are compiled."""

import collections
from collections.abc import Callable

import numpy as np

from tfiqa.data.images import Images

SEEN = 8  # Images that are opened.
SHARE = 0.5  # Least share of them.


def common_size(
    images: Images,
    seed: int,
    size_of: Callable[[np.ndarray], tuple[int, int] | None],
) -> tuple[int, int] | None:
    """Returns the most frequent size among the first images; `None` if there is none.

    Args:
        images: The images.
        seed: Seed of the run.
        size_of: Function from an image, uint8 `(height, width, 3)`, to height and width
            of what is computed of it; `None` if that cannot be compiled.
    """
    first = zip(range(SEEN), images.first_epoch(seed), strict=False)
    sizes = [size_of(image) for _, image in first]
    found = collections.Counter(size for size in sizes if size is not None)
    for size, count in found.most_common(1):
        if count >= SHARE * len(sizes):
            return size
    return None
