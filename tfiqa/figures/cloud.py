"""Points in the plane or in space, coloured by a number."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import axes3d

INK = "#1b2a41"


def cloud(points: np.ndarray, values: np.ndarray, *, title: str, unit: str) -> bytes:
    """Returns a PNG of one dot for each point.

    Args:
        points: `(n, 2)` or `(n, 3)`.
        values: `(n,)`, the colour of a dot.
        title: Above the drawing.
        unit: What the values are.

    Raises:
        ValueError: If shapes do not fit.
    """
    if points.ndim != 2 or points.shape[1] not in (2, 3) or len(points) != len(values):
        raise ValueError(
            "Points `(n, 2)` or `(n, 3)` and n values are expected. Received: "
            f"points.shape={points.shape}, {len(values)} values"
        )
    canvas = FigureCanvasAgg(Figure(figsize=(6.2, 5.0), layout="constrained"))
    options = {"s": 18, "c": values, "cmap": "viridis", "alpha": 0.85, "linewidths": 0}
    if points.shape[1] == 3:
        axes = canvas.figure.add_subplot(projection=axes3d.Axes3D.name)
        drawn = axes.scatter(*points.T, **options)
        axes.set_zticklabels([])
        axes.set_zlabel("3rd component", color=INK)
    else:
        axes = canvas.figure.add_subplot()
        drawn = axes.scatter(*points.T, **options)
        axes.spines[["top", "right"]].set_visible(False)
    axes.set_xticklabels([])
    axes.set_yticklabels([])
    axes.set_xlabel("1st component", color=INK)
    axes.set_ylabel("2nd component", color=INK)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    bar = canvas.figure.colorbar(drawn, ax=axes, shrink=0.7, pad=0.1)
    bar.set_label(unit, color=INK)
    bar.outline.set_visible(False)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()
