"""Pairs of images that one scorer calls equal and the other does not."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfiqa.figures import style

CELL_INCHES = 1.9


class DrawnPair(NamedTuple):
    """Two images and their captions.

    Attributes:
        best: uint8 `(height, width, 3)`, of any size; the one the attacker prefers.
        worst: The other image.
        best_caption: Text below `best`, such as both scores.
        worst_caption: Text below `worst`.
    """

    best: np.ndarray
    worst: np.ndarray
    best_caption: str = ""
    worst_caption: str = ""


def gmad(
    roles: Mapping[str, Sequence[DrawnPair]],
    *,
    row_names: Sequence[str],
    title: str = "",
    dots_per_inch: int = 150,
) -> bytes:
    """Returns a PNG of pairs: roles side by side, one row for each defender's level.

    Args:
        roles: Pairs, one for each row, by the title of a role, such as "A defends, B
            attacks".
        row_names: Names of the levels.
        title: Title of the figure.
        dots_per_inch: Resolution; an image is 1.9 inches wide.

    Raises:
        ValueError: If a role has another number of pairs than rows, or there are none.
    """
    counts = {role: len(pairs) for role, pairs in roles.items()}
    if not row_names or set(counts.values()) != {len(row_names)}:
        raise ValueError(
            "One pair of each role for each row is expected. "
            f"Received: rows={len(row_names)}, pairs={counts}"
        )
    size = (
        2 * CELL_INCHES * len(roles) + 0.9,
        (0.8 * CELL_INCHES + 0.3) * len(row_names) + 0.9,
    )
    figure = style.new_figure(*size)
    parts = figure.subfigures(1, len(roles), squeeze=False)[0]
    for index, (part, (role, pairs)) in enumerate(
        zip(parts, roles.items(), strict=True)
    ):
        part.suptitle(role, fontsize=9, color=style.INK)
        cells = part.subplots(len(pairs), 2, squeeze=False)
        for row, pair in enumerate(pairs):
            _draw(cells[row, 0], pair.best, pair.best_caption)
            _draw(cells[row, 1], pair.worst, pair.worst_caption)
            if index == 0:
                cells[row, 0].set_ylabel(row_names[row], fontsize=8, color=style.INK)
    figure.suptitle(title, fontsize=10, color=style.INK)
    return style.png(figure, dots_per_inch=dots_per_inch)


def _draw(cell, image: np.ndarray, caption: str) -> None:
    cell.set(xticks=[], yticks=[])
    cell.set_frame_on(False)
    cell.imshow(image, interpolation="antialiased")
    cell.set_xlabel(caption, fontsize=7, color=style.INK)
