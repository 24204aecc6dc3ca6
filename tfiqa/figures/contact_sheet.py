"""Contact sheets: many images in rows and columns, with their names."""

from collections.abc import Sequence

import numpy as np

from tfiqa.figures import style

CELL_INCHES = 1.6
NAMES_INCHES = 1.4


def contact_sheet(
    images: Sequence[Sequence[np.ndarray]],
    *,
    row_names: Sequence[str],
    column_names: Sequence[str],
    title: str = "",
    dots_per_inch: int = 150,
) -> bytes:
    """Returns a PNG of images in rows and columns.

    Args:
        images: Rows of images, uint8 `(height, width, 3)`, of about the same size.
        row_names: One name for each row, to its left.
        column_names: One name for each column, above it.
        title: Title of the sheet.
        dots_per_inch: Resolution; an image is 1.6 inches wide.

    Raises:
        ValueError: If the names do not fit the images, or there are no images.
    """
    shape = (len(images), max(map(len, images), default=0))
    if shape != (len(row_names), len(column_names)) or 0 in shape:
        raise ValueError(
            "One name for each row and each column of images is expected. Received: "
            f"rows={shape[0]}, columns={shape[1]}, row_names={len(row_names)}, "
            f"column_names={len(column_names)}"
        )
    height, width = images[0][0].shape[:2]
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
        for column, image in enumerate(images[row]):
            cells[row, column].imshow(image, interpolation="antialiased")
    for column, name in enumerate(column_names):
        cells[0, column].set_title(name, fontsize=8, color=style.INK)
    figure.suptitle(title, fontsize=10, color=style.INK)
    return style.png(figure, dots_per_inch=dots_per_inch)
