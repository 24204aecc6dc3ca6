"""Plots statistics of different kinds of images against those of photographs."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.figures import style

# Percentiles of the whiskers of the boxes, and of the band of the photographs.
_SHARES = (5, 95)


def statistics(
    measures: Mapping[str, Mapping[str, np.ndarray]],
    distances: Mapping[str, float],
    *,
    natural: str,
    logarithmic: Sequence[str] = (),
    title: str = "",
) -> bytes:
    """Returns a PNG with one panel for each measure, and one for the distances.

    Boxes show quartiles, whiskers 5 and 95 %, and the band 5 and 95 % of photographs.

    Args:
        measures: Values `(n,)` by the name of the measure, then by kind of image.
        distances: Distance from photographs by kind of image.
        natural: The kind that holds the photographs.
        logarithmic: Measures to draw on a logarithmic axis.
        title: Title of the figure.

    Raises:
        ValueError: If a measure has no values for the photographs.
    """
    for name, kinds in measures.items():
        if natural not in kinds:
            raise ValueError(
                f"Measures of {natural!r} are expected. Received: {name!r} of "
                f"{', '.join(map(repr, kinds))}"
            )
    size = (3.6 * (len(measures) + 1), 3.6)
    figure = style.new_figure(*size)
    panels = figure.subplots(1, len(measures) + 1)
    for panel, (name, kinds) in zip(panels, measures.items(), strict=False):
        _boxes(panel, kinds, natural)
        style.set_title(panel, name, size=10)
        if name in logarithmic:
            panel.set_yscale("log")
    panels[-1].bar(
        list(distances), list(distances.values()), color=style.COLOR, width=0.5
    )
    style.set_title(panels[-1], "Distance of features", size=10)
    style.frame(*panels, labelsize=8)
    for panel in panels:
        panel.tick_params(axis="x", rotation=20)
    figure.suptitle(title, color=style.INK, fontsize=11, x=0.01, ha="left")
    return style.png(figure)


def _boxes(panel: Any, kinds: Mapping[str, np.ndarray], natural: str) -> None:
    low, high = np.percentile(kinds[natural], _SHARES)
    panel.axhspan(low, high, color=style.BAND, zorder=0)
    panel.boxplot(
        list(kinds.values()),
        tick_labels=list(kinds),
        whis=_SHARES,
        showfliers=False,
        widths=0.5,
        boxprops={"color": style.INK},
        whiskerprops={"color": style.INK},
        capprops={"color": style.INK},
        medianprops={"color": style.COLOR, "linewidth": 2},
    )
