"""Bars of a correlation within each type of distortion, methods side by side."""

import io
from collections.abc import Mapping

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
COLOURS = ("#2a6f97", "#e07a5f", "#81b29a", "#8d6a9f", "#f2cc8f", "#5c677d")


def per_distortion(
    methods: Mapping[str, Mapping[str, tuple[float, float, float]]],
    *,
    title: str,
    metric: str = "SROCC",
) -> bytes:
    """Returns a PNG of bars with their intervals.

    Args:
        methods: By name: of each type of distortion the value and both ends of its
            interval. NaN is not drawn, and has a cross instead.
        title: Above the drawing.
        metric: Name of the value.

    Raises:
        ValueError: If there is no method, there are more than 6, or their types differ.
    """
    types = list(next(iter(methods.values()), {}))
    if not types or any(list(values) != types for values in methods.values()):
        shown = {name: list(values) for name, values in methods.items()}
        raise ValueError(f"Methods of the same types are expected. Received: {shown}")
    if len(methods) > len(COLOURS):
        raise ValueError(
            f"At most {len(COLOURS)} methods are expected. Received: {len(methods)}"
        )
    wide = max(5.0, 0.8 + 0.25 * len(types) * (len(methods) + 1))
    canvas = FigureCanvasAgg(Figure(figsize=(wide, 3.8), layout="constrained"))
    axes = canvas.figure.add_subplot()
    width = 0.8 / len(methods)
    for index, (name, values) in enumerate(methods.items()):
        places = np.arange(len(types)) + (index - (len(methods) - 1) / 2) * width
        value, low, high = np.array([values[kind] for kind in types], "float64").T
        axes.bar(places, value, width * 0.9, color=COLOURS[index], label=name)
        errors = np.clip(np.stack([value - low, high - value]), 0, None)
        axes.errorbar(places, value, errors, fmt="none", ecolor=INK, elinewidth=0.8)
        lost = np.isnan(value)
        axes.plot(places[lost], np.zeros(lost.sum()), "x", color=COLOURS[index])
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(types)), types, rotation=40, ha="right", fontsize=8)
    axes.set_ylabel(metric, color=INK)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    if len(methods) > 1:
        axes.legend(frameon=False, fontsize=8)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()
