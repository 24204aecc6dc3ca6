"""Bars of a correlation within each type of distortion, methods side by side."""

from collections.abc import Mapping

import numpy as np

from tfiqa.figures import style


def per_distortion(
    methods: Mapping[str, Mapping[str, tuple[float, float, float]]],
    *,
    title: str,
    metric: str = "SROCC",
) -> bytes:
    """Returns a PNG of bars with their intervals.

    Args:
        methods: By name, the value and both ends of its interval for each type of
            distortion. NaN is marked by a cross.
        title: Title of the plot.
        metric: Name of the value.

    Raises:
        ValueError: If there is no method, there are more than 6, or their types differ.
    """
    types = list(next(iter(methods.values()), {}))
    if not types or any(list(values) != types for values in methods.values()):
        shown = {name: list(values) for name, values in methods.items()}
        raise ValueError(f"Methods of the same types are expected. Received: {shown}")
    if len(methods) > len(style.COLORS):
        raise ValueError(
            f"At most {len(style.COLORS)} methods are expected. "
            f"Received: {len(methods)}"
        )
    wide = max(5.0, 0.8 + 0.25 * len(types) * (len(methods) + 1))
    figure = style.new_figure(wide, 3.8)
    axes = figure.add_subplot()
    width = 0.8 / len(methods)
    for index, (name, values) in enumerate(methods.items()):
        positions = np.arange(len(types)) + (index - (len(methods) - 1) / 2) * width
        value, low, high = np.array([values[kind] for kind in types], "float64").T
        axes.bar(positions, value, width * 0.9, color=style.COLORS[index], label=name)
        errors = np.clip(np.stack([value - low, high - value]), 0, None)
        axes.errorbar(
            positions, value, errors, fmt="none", ecolor=style.INK, elinewidth=0.8
        )
        undefined = np.isnan(value)
        axes.plot(
            positions[undefined],
            np.zeros(undefined.sum()),
            "x",
            color=style.COLORS[index],
        )
    axes.axhline(0, color=style.INK, linewidth=0.8)
    axes.set_xticks(range(len(types)), types, rotation=40, ha="right", fontsize=8)
    axes.set_ylabel(metric, color=style.INK)
    style.set_title(axes, title)
    style.frame(axes)
    style.legend(axes, len(methods))
    return style.png(figure)
