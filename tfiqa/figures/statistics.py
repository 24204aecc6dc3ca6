"""How natural kinds of pictures are, beside photographs."""

import io
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
BAR = "#2a6f97"
BAND = "#dbe7ee"

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
    canvas = FigureCanvasAgg(Figure(figsize=size, layout="constrained"))
    panels = canvas.figure.subplots(1, len(measures) + 1)
    for panel, (name, kinds) in zip(panels, measures.items(), strict=False):
        _boxes(panel, kinds, natural)
        panel.set_title(name, color=INK, fontsize=10, loc="left")
        if name in logarithmic:
            panel.set_yscale("log")
    panels[-1].bar(list(distances), list(distances.values()), color=BAR, width=0.5)
    panels[-1].set_title("Distance of features", color=INK, fontsize=10, loc="left")
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(colors=INK, labelsize=8)
        panel.tick_params(axis="x", rotation=20)
    canvas.figure.suptitle(title, color=INK, fontsize=11, x=0.01, ha="left")
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()


def _boxes(panel: Any, kinds: Mapping[str, np.ndarray], natural: str) -> None:
    low, high = np.percentile(kinds[natural], _SHARES)
    panel.axhspan(low, high, color=BAND, zorder=0)
    panel.boxplot(
        list(kinds.values()),
        tick_labels=list(kinds),
        whis=_SHARES,
        showfliers=False,
        widths=0.5,
        boxprops={"color": INK},
        whiskerprops={"color": INK},
        capprops={"color": INK},
        medianprops={"color": BAR, "linewidth": 2},
    )
