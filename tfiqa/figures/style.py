"""The common style of all plots: colors, sizes and PNG encoding.

Figures are Matplotlib's, without its global state: none stays open.
"""

import io
import re
import warnings
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

INK = "#1b2a41"  # Text, axes and reference lines.
COLOR = "#2a6f97"  # Data, if there is one series.
COLORS = (COLOR, "#e07a5f", "#81b29a", "#8d6a9f", "#f2cc8f", "#5c677d")
BAND = "#dbe7ee"  # A band behind data that is compared with it.

DASHED = (0, (4, 3))


def new_figure(width: float, height: float) -> Figure:
    """Returns an empty figure, `width` and `height` in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def set_title(axes: Any, title: str, *, size: float = 11) -> None:
    """Writes a title above the left end of the axes."""
    axes.set_title(shown(title), color=INK, fontsize=size, loc="left")


def shown(text: str, *, most: int = 120) -> str:
    """Returns a text from outside in a form that Matplotlib can draw, shortened.

    Surrogates, from names that are not UTF-8, cannot be drawn.
    """
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= most else f"{text[: most - 3]}..."


def frame(*axes: Any, **ticks: Any) -> None:
    """Keeps only the left and bottom lines of the frame of each of the axes.

    Args:
        *axes: Axes of one figure.
        **ticks: Options of `tick_params`.
    """
    for part in axes:
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(colors=INK, **ticks)


def opacity(count: int) -> float:
    """Returns an opacity for `count` dots, so that dense areas remain visible."""
    return float(min(max(12 / max(count, 1) ** 0.5, 0.15), 0.9))


def legend(axes: Any, count: int) -> None:
    """Adds a legend if there is more than one series."""
    if count > 1:
        axes.legend(frameon=False, fontsize=8)


def png(figure: Figure, *, dots_per_inch: int = 150) -> bytes:
    """Returns the figure as an encoded PNG."""
    for text in figure.findobj(Text):
        # A name such as `cost_$5_to_$\\frac.png` is not mathematics; the labels that
        # Matplotlib creates itself, such as powers, are.
        if r"\mathdefault" not in text.get_text():
            text.set_text(re.sub(r"(?<!\\)\$", r"\\$", text.get_text()))
    encoded = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(encoded, format="png", dpi=dots_per_inch)
    return encoded.getvalue()
