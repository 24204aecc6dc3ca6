"""How rank correlation depends on the size of pictures."""

import io
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
DOT = "#2a6f97"


class Sizes(NamedTuple):
    """Pictures of about one size.

    Attributes:
        megapixels: Least and most of them.
        value: SROCC, NaN where it is undefined.
        low: Lower end of its interval.
        high: Upper end.
        pictures: How many.
    """

    megapixels: tuple[float, float]
    value: float
    low: float
    high: float
    pictures: int


def picture_size(groups: Sequence[Sizes], *, title: str) -> bytes:
    """Returns a PNG of one dot with its interval for each group, smallest first.

    Raises:
        ValueError: If there is no group.
    """
    if not groups:
        raise ValueError("At least one group of pictures is expected. Received: none")
    canvas = FigureCanvasAgg(Figure(figsize=(5.2, 3.4), layout="constrained"))
    axes = canvas.figure.add_subplot()
    places = np.arange(len(groups))
    value, low, high = np.array([group[1:4] for group in groups], "float64").T
    errors = np.clip(np.stack([value - low, high - value]), 0, None)
    errors = np.nan_to_num(errors)
    axes.errorbar(places, value, errors, fmt="o", color=DOT, ecolor=INK, elinewidth=0.8)
    axes.set_xticks(places, [_label(group) for group in groups], fontsize=8)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_xlabel("Megapixels", color=INK)
    axes.set_ylabel("SROCC", color=INK)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()


def _label(group: Sizes) -> str:
    low, high = group.megapixels
    ends = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    return f"{ends}\nn = {group.pictures}"
