"""SROCC against the number of labels, one line per method."""

from collections.abc import Mapping

import numpy as np

from tfiqa.figures import style


def label_efficiency(
    methods: Mapping[str, tuple[np.ndarray, np.ndarray]], *, title: str
) -> bytes:
    """Returns a PNG of medians, with their range over the seeds.

    Args:
        methods: Numbers of labels `(counts,)` and SROCC `(counts, seeds)` by name.
        title: Title of the plot.

    Raises:
        ValueError: If there is no method, there are more than 6, or shapes do not fit.
    """
    if not 1 <= len(methods) <= len(style.COLORS):
        raise ValueError(
            f"1 to {len(style.COLORS)} methods are expected. Received: {len(methods)}"
        )
    figure = style.new_figure(5.2, 3.8)
    axes = figure.add_subplot()
    colors = style.COLORS[: len(methods)]
    for color, (name, (counts, sroccs)) in zip(colors, methods.items(), strict=True):
        if np.ndim(sroccs) != 2 or np.shape(counts) != np.shape(sroccs)[:1]:
            raise ValueError(
                "Shapes `(counts,)` and `(counts, seeds)` are expected. Received: "
                f"{np.shape(counts)} and {np.shape(sroccs)} of {name!r}"
            )
        low, high = np.min(sroccs, axis=1), np.max(sroccs, axis=1)
        axes.fill_between(counts, low, high, color=color, alpha=0.2, linewidth=0)
        axes.plot(counts, np.median(sroccs, axis=1), "o-", color=color, label=name)
    axes.set_xscale("log")
    axes.set_xlabel("Labels", color=style.INK)
    axes.set_ylabel("SROCC", color=style.INK)
    style.set_title(axes, title)
    style.frame(axes)
    style.legend(axes, len(methods))
    return style.png(figure)
