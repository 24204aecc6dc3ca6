"""The kinds of generated images, by name."""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfiqa.synthetic.cel_images import cel
from tfiqa.synthetic.dead_leaves_model import dead_leaves
from tfiqa.synthetic.textured_leaves_model import textured_leaves

Generator = Callable[..., np.ndarray]

KINDS: Mapping[str, Generator] = {
    "dead_leaves": dead_leaves,
    "textured_leaves": textured_leaves,
    "cel": cel,
}


def generator(kind: str) -> Generator:
    """Returns the generator of a kind.

    Raises:
        ValueError: If there is no such kind; the message lists all kinds.
    """
    if kind not in KINDS:
        raise ValueError(
            f"One of {', '.join(KINDS)} is expected. Received: kind={kind!r}"
        )
    return KINDS[kind]


def make_image(
    kind: str,
    index: int,
    size: int | tuple[int, int],
    *,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
) -> np.ndarray:
    """Returns one image of a kind, uint8 `(rows, columns, 3)`.

    `options` are further keyword arguments of the kind's function.
    """
    return generator(kind)(index, size, seed=seed, **(options or {}))
