"""Three panels of similarities: by overlap, by content and by distortion."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.figures import style


def hypotheses(
    overlaps: Sequence[float],
    overlap: np.ndarray,
    content: Mapping[str, np.ndarray],
    distortion: Mapping[str, np.ndarray],
    *,
    title: str,
) -> bytes:
    """Returns a PNG of medians and quartiles.

    Args:
        overlaps: Shares of overlap of two crops.
        overlap: Similarities `(n, overlaps)`.
        content: Similarities by name.
        distortion: Similarities by name.
        title: Title of the figure.

    Raises:
        ValueError: If the overlaps do not match the columns of the similarities.
    """
    if overlap.ndim != 2 or overlap.shape[1] != len(overlaps):
        raise ValueError(
            "One column of similarities for each overlap is expected. Received: "
            f"overlaps={len(overlaps)}, overlap={overlap.shape}"
        )
    figure = style.new_figure(10, 3.8)
    first, second, third = figure.subplots(1, 3, sharey=True, width_ratios=(3, 2, 3))
    low, middle, high = np.quantile(overlap, (0.25, 0.5, 0.75), axis=0)
    first.fill_between(overlaps, low, high, color=style.COLOR, alpha=0.2, linewidth=0)
    first.plot(overlaps, middle, "o-", color=style.COLOR)
    first.set_xticks(overlaps)
    first.set_xlabel("overlap of two crops of an image,\nboth under one distortion")
    first.set_ylabel("cosine similarity of features", color=style.INK)
    _bars(second, content, "two crops,\nboth under one distortion")
    _bars(third, distortion, "one crop\nunder two distortions")
    for axes in (first, second, third):
        axes.axhline(0, color=style.INK, linewidth=0.5)
        axes.xaxis.label.set(color=style.INK, fontsize=9)
    style.frame(first, second, third, labelsize=8)
    figure.suptitle(title, color=style.INK, fontsize=11)
    return style.png(figure)


def _bars(axes: Any, values: Mapping[str, np.ndarray], label: str) -> None:
    """Draws medians as dots and quartiles as bars."""
    rows = [np.quantile(group, (0.25, 0.5, 0.75)) for group in values.values()]
    positions = np.arange(len(rows))
    low, middle, high = np.array(rows).T
    axes.vlines(positions, low, high, color=style.COLOR, alpha=0.2, linewidth=30)
    axes.plot(positions, middle, "o", color=style.COLOR)
    axes.set_xticks(positions, list(values))
    axes.set_xlim(-0.6, len(rows) - 0.4)
    axes.set_xlabel(label)
