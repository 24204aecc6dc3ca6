"""SROCC against the number of labels, one line per method."""

import io
from collections.abc import Mapping

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
COLOURS = ("#2a6f97", "#e07a5f", "#81b29a", "#8d6a9f", "#f2cc8f", "#5c677d")


def label_efficiency(
    methods: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str
) -> bytes:
    """Returns a PNG of medians, with the range over the seeds around them.

    Args:
        methods: By name: numbers of labels `(counts,)` and SROCC `(counts, seeds)`.
        title: Above the drawing.

    Raises:
        ValueError: If there is no method, there are more than 6, or shapes do not fit.
    """
    if not 1 <= len(methods) <= len(COLOURS):
        raise ValueError(
            f"1 to {len(COLOURS)} methods are expected. Received: {len(methods)}"
        )
    canvas = FigureCanvasAgg(Figure(figsize=(5.2, 3.8), layout="constrained"))
    axes = canvas.figure.add_subplot()
    for colour, (name, (counts, sroccs)) in zip(COLOURS, methods.items(), strict=False):
        if np.ndim(sroccs) != 2 or np.shape(counts) != np.shape(sroccs)[:1]:
            raise ValueError(
                "Shapes `(counts,)` and `(counts, seeds)` are expected. Received: "
                f"{np.shape(counts)} and {np.shape(sroccs)} of {name!r}"
            )
        low, high = np.min(sroccs, axis=1), np.max(sroccs, axis=1)
        axes.fill_between(counts, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(counts, np.median(sroccs, axis=1), "o-", color=colour, label=name)
    axes.set_xscale("log")
    axes.set_xlabel("Labels", color=INK)
    axes.set_ylabel("SROCC", color=INK)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    if len(methods) > 1:
        axes.legend(frameon=False, fontsize=8)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()
