"""Contact sheets: many pictures in rows and columns, with their names."""

from collections.abc import Sequence

import numpy as np

from tfiqa.figures import style

CELL_INCHES = 1.6
NAMES_INCHES = 1.4


def contact_sheet(
    pictures: Sequence[Sequence[np.ndarray]],
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    title: str = "",
    dots_per_inch: int = 150,
) -> bytes:
    """Returns a PNG of pictures in rows and columns.

    Args:
        pictures: Rows of pictures uint8 `(height, width, 3)` of about one size.
        row_names: One name for each row, to its left.
        column_names: One name for each column, above it.
        title: Above everything.
        dots_per_inch: A picture is 1.6 inches wide.

    Raises:
        ValueError: For names that do not fit the pictures, or no pictures.
    """
    shape = (len(pictures), max(map(len, pictures), default=0))
    if shape != (len(row_names), len(column_names)) or 0 in shape:
        raise ValueError(
            "One name for each row and each column of pictures is expected. Received: "
            f"rows={shape[0]}, columns={shape[1]}, row_names={len(row_names)}, "
            f"column_names={len(column_names)}"
        )
    height, width = pictures[0][0].shape[:2]
    size = (
        CELL_INCHES * shape[1] + NAMES_INCHES,
        CELL_INCHES * shape[0] * height / width + 0.7,
    )
    figure = style.new_figure(*size)
    cells = figure.subplots(*shape, squeeze=False)
    for cell in cells.flat:
        cell.set(xticks=[], yticks=[])
        cell.set_frame_on(False)
    for row, name in enumerate(row_names):
        cells[row, 0].set_ylabel(
            name, rotation=0, ha="right", va="center", fontsize=8, color=style.INK
        )
        for column, picture in enumerate(pictures[row]):
            cells[row, column].imshow(picture, interpolation="antialiased")
    for column, name in enumerate(column_names):
        cells[0, column].set_title(name, fontsize=8, color=style.INK)
    figure.suptitle(title, fontsize=10, color=style.INK)
    return style.png(figure, dots_per_inch=dots_per_inch)
