"""A histogram of scores as SVG, whose colors are those of the page."""

import math
from collections.abc import Sequence

import numpy as np

from tfiqa.report import html

_WIDTH, _HEIGHT, _FOOT = 720, 220, 34
_BINS = 20  # About so many.
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def bins_of(scores: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Returns counts `(n,)` and edges `(n + 1,)` of bins with round edges.

    Args:
        scores: Finite scores, one or more.
    """
    values = np.asarray(scores, "float64")
    low, high = float(values.min()), float(values.max())
    step = _round_step((high - low) / _BINS or 1.0)
    first = math.floor(low / step)
    last = max(first + 1, math.ceil(high / step))
    edges = step * np.arange(first, last + 1)
    # Each bin contains its lower edge, and the last one also its upper edge.
    index = np.clip(np.floor(values / step).astype(int) - first, 0, last - first - 1)
    return np.bincount(index, minlength=last - first), edges


def _round_step(step: float) -> float:
    """Returns the next larger step that is a round number."""
    scale = 10.0 ** math.floor(math.log10(step))
    return scale * next(one for one in _STEPS if one * scale >= step * (1 - 1e-9))


def histogram(scores: Sequence[float], *, threshold: float | None = None) -> html.Safe:
    """Returns a histogram, with a line at a threshold.

    Args:
        scores: Finite scores, one or more.
        threshold: A score to mark; not marked outside the bins.
    """
    counts, edges = bins_of(scores)
    span = edges[-1] - edges[0]

    def across(score: float) -> float:
        return round(_WIDTH * (score - edges[0]) / span, 2)

    parts = []
    for count, left, right in zip(counts, edges, edges[1:], strict=False):
        height = (_HEIGHT - 20) * count / counts.max()
        title = f"{left:.4g} to {right:.4g}: {count:,} images"
        parts.append(
            html.element(
                "rect",
                html.element("title", title),
                class_="bar",
                x=f"{across(left) + 1:.2f}",
                y=f"{_HEIGHT - height:.2f}",
                width=f"{max(0.5, across(right) - across(left) - 2):.2f}",
                height=f"{height:.2f}",
            )
        )
    every = max(1, math.ceil(len(edges) / 10))
    for edge in edges[::every]:
        parts.append(_label(across(edge), f"{edge:.4g}"))
    if threshold is not None and edges[0] <= threshold <= edges[-1]:
        x = f"{across(threshold)}"
        ends = {"x1": x, "x2": x, "y1": "0", "y2": str(_HEIGHT)}
        parts.append(html.element("line", class_="threshold", **ends))
    return html.element(
        "svg",
        *parts,
        class_="histogram",
        viewBox=f"-24 0 {_WIDTH + 48} {_HEIGHT + _FOOT}",
        role="img",
        **{"aria-label": f"Histogram of {len(scores):,} scores"},
    )


def _label(x: float, text: str) -> html.Safe:
    place = {"x": f"{x}", "y": str(_HEIGHT + 20), "text-anchor": "middle"}
    return html.element("text", text, **place)
