"""Points in the plane or in space, colored by a number."""

import numpy as np
from mpl_toolkits.mplot3d import axes3d

from tfiqa.figures import style


def cloud(points: np.ndarray, values: np.ndarray, *, title: str, unit: str) -> bytes:
    """Returns a PNG of one dot for each point.

    Args:
        points: `(n, 2)` or `(n, 3)`.
        values: `(n,)`, the color of each dot.
        title: Title of the plot.
        unit: Unit of the values.

    Raises:
        ValueError: If shapes do not fit.
    """
    if points.ndim != 2 or points.shape[1] not in (2, 3) or len(points) != len(values):
        raise ValueError(
            "Points `(n, 2)` or `(n, 3)` and n values are expected. Received: "
            f"points.shape={points.shape}, {len(values)} values"
        )
    figure = style.new_figure(6.2, 5.0)
    options = {"s": 18, "c": values, "cmap": "viridis", "alpha": 0.85, "linewidths": 0}
    if points.shape[1] == 3:
        axes = figure.add_subplot(projection=axes3d.Axes3D.name)
        drawn = axes.scatter(*points.T, **options)
        axes.set_zticklabels([])
        axes.set_zlabel("3rd component", color=style.INK)
    else:
        axes = figure.add_subplot()
        drawn = axes.scatter(*points.T, **options)
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xticklabels([])
    axes.set_yticklabels([])
    axes.set_xlabel("1st component", color=style.INK)
    axes.set_ylabel("2nd component", color=style.INK)
    style.set_title(axes, title)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.7, pad=0.1)
    bar.set_label(unit, color=style.INK)
    bar.outline.set_visible(False)
    return style.png(figure)
