"""How rank correlation depends on the size of images."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tfiqa.figures import style


class Sizes(NamedTuple):
    """Images of about the same size.

    Attributes:
        megapixels: Lowest and highest number of megapixels.
        value: SROCC, NaN where it is undefined.
        low: Lower end of its interval.
        high: Upper end.
        images: Number of images.
    """

    megapixels: tuple[float, float]
    value: float
    low: float
    high: float
    images: int


def image_size(groups: Sequence[Sizes], *, title: str) -> bytes:
    """Returns a PNG of one dot with its interval for each group, smallest first.

    Raises:
        ValueError: If there is no group.
    """
    if not groups:
        raise ValueError("At least one group of images is expected. Received: none")
    figure = style.new_figure(5.2, 3.4)
    axes = figure.add_subplot()
    positions = np.arange(len(groups))
    value, low, high = np.array([group[1:4] for group in groups], "float64").T
    errors = np.clip(np.stack([value - low, high - value]), 0, None)
    errors = np.nan_to_num(errors)
    axes.errorbar(
        positions,
        value,
        errors,
        fmt="o",
        color=style.COLOR,
        ecolor=style.INK,
        elinewidth=0.8,
    )
    axes.set_xticks(positions, [_label(group) for group in groups], fontsize=8)
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.set_xlabel("Megapixels", color=style.INK)
    axes.set_ylabel("SROCC", color=style.INK)
    style.set_title(axes, title)
    style.frame(axes)
    return style.png(figure)


def _label(group: Sizes) -> str:
    low, high = group.megapixels
    ends = f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
    return f"{ends}\nn = {group.images}"
