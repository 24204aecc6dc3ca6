"""How natural kinds of pictures are, beside photographs."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.figures import style

# Whiskers of the boxes, and the band of the photographs, in per cent.
_SHARES = (5, 95)


def statistics(
    measures: Mapping[str, Mapping[str, np.ndarray]],
    distances: Mapping[str, float],
    *,
    natural: str,
    logarithmic: Sequence[str] = (),
    title: str = "",
) -> bytes:
    """Returns a PNG of one panel for each measure, and one of the distances.

    Boxes are quartiles, whiskers 5 and 95 %; the band is that of the photographs.

    Args:
        measures: By the name of the measure, then of the kind, values `(n,)`.
        distances: By the name of the kind; smaller is closer to photographs.
        natural: Which kind the photographs are.
        logarithmic: Measures that are drawn on a logarithmic axis.
        title: Above everything.

    Raises:
        ValueError: If a measure has no values of the photographs.
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
