"""A picture beside the map of its patches' distances from pristine ones."""

import numpy as np

from tfiqa.figures import style

COLORS = "magma"
SMALLEST = 1e-3  # Of the largest distance, on the logarithmic scale.


def quality_map(
    picture: np.ndarray,
    distances: np.ndarray,
    *,
    size: float,
    stride: float,
    of: float | None = None,
    title: str = "",
    scores: bool = False,
) -> bytes:
    """Returns a PNG of the picture, and of the distances where they were measured.

    Brighter is worse. Colors span the distances of this picture alone, on a
    logarithmic scale; what holds nothing to measure is left gray.

    Args:
        picture: uint8 `(height, width, 3)`.
        distances: `(rows, columns)`, NaN where nothing was measured.
        size: Side of a patch in pixels.
        stride: From one patch to the next, in pixels.
        of: Side of the square that the picture was resized to before, if it was.
        title: Above the map.
        scores: Whether `distances` are scores instead: higher is better, and colors
            span their range evenly.

    Raises:
        ValueError: If no distance is finite.
    """
    if not np.isfinite(distances).any():
        raise ValueError(
            "A map with distances that are finite is expected. Received: distances "
            f"of shape {distances.shape}, all NaN"
        )
    height, width = picture.shape[:2]
    down, across = (1.0, 1.0) if of is None else (height / of, width / of)
    rows, columns = distances.shape
    # A patch is drawn as wide as a stride, about its centre.
    first = (size - stride) / 2
    left, right = first * across, (first + columns * stride) * across
    top, bottom = first * down, (first + rows * stride) * down
    shown = 6.0 * min(height / width, 2.0)
    figure = style.new_figure(12.6, shown + 0.7)
    plain, mapped = figure.subplots(1, 2, sharex=True, sharey=True)
    plain.imshow(picture)
    mapped.imshow(picture.mean(axis=2), cmap="gray", vmin=0, vmax=255)
    largest = float(np.nanmax(distances))
    drawn = mapped.imshow(
        np.ma.masked_invalid(
            distances if scores else np.maximum(distances, SMALLEST * largest)
        ),
        cmap=f"{COLORS}_r" if scores else COLORS,
        norm="log" if largest > 0 and not scores else None,
        alpha=0.75,
        extent=(left - 0.5, right - 0.5, bottom - 0.5, top - 0.5),
        interpolation="nearest",
    )
    for panel in (plain, mapped):
        panel.set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
        panel.set_axis_off()
    style.set_title(mapped, title)
    bar = figure.colorbar(drawn, ax=mapped, shrink=0.8)
    what = "score of the window, higher" if scores else "distance of the patch, lower"
    bar.set_label(f"{what} is better", color=style.INK)
    bar.ax.tick_params(colors=style.INK)
    return style.png(figure, dots_per_inch=100)
