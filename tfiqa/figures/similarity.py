"""The similarity of classes, as a matrix."""

from collections.abc import Sequence

import numpy as np

from tfiqa.figures import style


def similarity(
    matrix: np.ndarray, *, names: Sequence[str], sizes: Sequence[int], title: str
) -> bytes:
    """Returns a PNG of the similarities of grouped classes.

    Args:
        matrix: `(classes, classes)`, in `[-1, 1]`.
        names: Names of the groups, in the order of the classes.
        sizes: Number of classes in each group.
        title: Title of the plot.

    Raises:
        ValueError: If the groups do not add up to the classes.
    """
    ends = np.cumsum([0, *sizes])
    if matrix.shape != (ends[-1], ends[-1]) or len(names) != len(sizes):
        raise ValueError(
            "Groups that make up all classes are expected. Received: "
            f"matrix={matrix.shape}, names={len(names)}, sizes={sum(sizes)}"
        )
    figure = style.new_figure(9, 8.4)
    axes = figure.add_subplot()
    # The color scale is symmetric around zero.
    limit = max(float(np.abs(matrix).max()), 1e-6)
    drawn = axes.imshow(matrix, cmap="RdBu_r", vmin=-limit, vmax=limit)
    middles = (ends[:-1] + ends[1:] - 1) / 2
    axes.set_xticks(middles, names, rotation=90, fontsize=7, color=style.INK)
    axes.set_yticks(middles, names, fontsize=7, color=style.INK)
    axes.tick_params(length=0)
    for end in ends[1:-1]:
        for line in (axes.axhline, axes.axvline):
            line(end - 0.5, color="white", linewidth=0.8)
    axes.spines[:].set_visible(False)
    style.set_title(axes, title)
    bar = figure.colorbar(drawn, shrink=0.6, label="mean cosine similarity")
    bar.outline.set_visible(False)
    return style.png(figure)
