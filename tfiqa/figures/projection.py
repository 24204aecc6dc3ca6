"""Features in the plane, colored by distortion, sized by level."""

import colorsys
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from tfiqa.figures import style

PRISTINE = "pristine"


def projection(
    points: np.ndarray,
    types: Sequence[str],
    levels: Sequence[int],
    *,
    groups: Mapping[str, str],
    title: str,
) -> bytes:
    """Returns a PNG of one dot per image.

    Types of a group have neighboring hues. Pristine images are black crosses.

    Args:
        points: `(n, 2)`.
        types: Names of the distortions; `"pristine"` if there is none.
        levels: 1 to 5, the area of a dot.
        groups: The group of each type, in the order of the legend.
        title: Title of the plot.
    """
    figure = style.new_figure(9, 6.6)
    axes = figure.add_subplot()
    names, sizes = np.array(types), 5.0 * np.array(levels)
    for name, color in hues(groups).items():
        chosen = names == name
        axes.scatter(
            *points[chosen].T, s=sizes[chosen], color=color, alpha=0.7, linewidths=0
        )
        axes.scatter([], [], s=25, color=color, label=name)
    pristine = points[names == PRISTINE].T
    axes.scatter(*pristine, s=24, color="black", marker="x", label=PRISTINE)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    style.set_title(axes, title)
    figure.legend(
        loc="outside right upper", fontsize=7, frameon=False, labelcolor=style.INK
    )
    return style.png(figure)


def hues(groups: Mapping[str, str]) -> dict[str, tuple[float, float, float]]:
    """Returns a color for each type: a hue for each group, lighter and darker."""
    order = list(dict.fromkeys(groups.values()))
    colors = {}
    for name, group in groups.items():
        members = [other for other in groups if groups[other] == group]
        share = (members.index(name) + 0.5) / len(members)
        hue = (order.index(group) + 0.7 * (share - 0.5)) / len(order)
        colors[name] = colorsys.hls_to_rgb(hue % 1, 0.30 + 0.35 * share, 0.75)
    return colors
