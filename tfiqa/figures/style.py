"""The one style of all drawings: colors, sizes and the encoding as PNG.

Figures are Matplotlib's, without its global state: nothing is left open.
"""

import io
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"  # Text, axes and lines of reference.
COLOR = "#2a6f97"  # What is drawn where there is one thing to draw.
COLORS = (COLOR, "#e07a5f", "#81b29a", "#8d6a9f", "#f2cc8f", "#5c677d")
BAND = "#dbe7ee"  # Behind what is compared with it.

DASHED = (0, (4, 3))


def new_figure(width: float, height: float) -> Figure:
    """Returns an empty figure, `width` and `height` in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def set_title(axes: Any, title: str, *, size: float = 11) -> None:
    """Writes a title above the left end of the axes."""
    axes.set_title(title, color=INK, fontsize=size, loc="left")


def frame(*axes: Any, **ticks: Any) -> None:
    """Leaves of the frame of each of the axes the left and the lower line.

    Args:
        *axes: Of one figure.
        **ticks: Options of `tick_params`.
    """
    for part in axes:
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(colors=INK, **ticks)


def opacity(count: int) -> float:
    """Returns the opacity of each of so many dots, so that crowds still show."""
    return float(min(max(12 / max(count, 1) ** 0.5, 0.15), 0.9))


def legend(axes: Any, count: int) -> None:
    """Adds a legend where there is more than one thing to name."""
    if count > 1:
        axes.legend(frameon=False, fontsize=8)


def png(figure: Figure, *, dots_per_inch: int = 150) -> bytes:
    """Returns the figure as an encoded PNG."""
    encoded = io.BytesIO()
    figure.savefig(encoded, format="png", dpi=dots_per_inch)
    return encoded.getvalue()
