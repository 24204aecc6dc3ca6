"""An image next to the map of its patches' distances from pristine ones."""

import numpy as np

from tfiqa.figures import style

COLORS = "magma"
SMALLEST = 1e-3  # Relative to the largest distance, on the logarithmic scale.


def quality_map(
    image: np.ndarray,
    distances: np.ndarray,
    *,
    size: float,
    stride: float,
    of: float | None = None,
    title: str = "",
    scores: bool = False,
) -> bytes:
    """Returns a PNG of the image and of its map of distances.

    Brighter is worse. Colors span the distances of this image only, on a logarithmic
    scale. Areas without a distance stay gray.

    Args:
        image: uint8 `(height, width, 3)`.
        distances: `(rows, columns)`, NaN for areas without a distance.
        size: Side of a patch in pixels.
        stride: Distance of neighboring patches in pixels.
        of: Side of the square to which the image was resized before, or None.
        title: Title of the map.
        scores: Whether `distances` are scores, of which higher is better. Colors then
            span their range linearly.

    Raises:
        ValueError: If no distance is finite.
    """
    if not np.isfinite(distances).any():
        raise ValueError(
            "At least one finite distance is expected. Received: distances "
            f"of shape {distances.shape}, all NaN"
        )
    height, width = image.shape[:2]
    down, across = (1.0, 1.0) if of is None else (height / of, width / of)
    rows, columns = distances.shape
    # A patch is drawn as a square as wide as the stride, around its center.
    first = (size - stride) / 2
    left, right = first * across, (first + columns * stride) * across
    top, bottom = first * down, (first + rows * stride) * down
    shown = 6.0 * min(height / width, 2.0)
    figure = style.new_figure(12.6, shown + 0.7)
    plain, mapped = figure.subplots(1, 2, sharex=True, sharey=True)
    plain.imshow(image)
    mapped.imshow(image.mean(axis=2), cmap="gray", vmin=0, vmax=255)
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
