"""Published attributes of the images of a database: how they spread, and their MOS."""

from collections.abc import Callable
from collections.abc import Mapping

import numpy as np

from tfiqa.figures import style

BINS = 40


def attributes(
    values: Mapping[str, np.ndarray],
    mos: np.ndarray,
    *,
    srocc: Callable[[np.ndarray, np.ndarray], float],
    title: str,
    unit: str = "MOS",
) -> bytes:
    """Returns a PNG with a histogram of each attribute, and the MOS against it below.

    The title of an attribute has the SROCC of its values and the MOS.

    Args:
        values: By name, the values of all images, `(n,)`; NaN is not drawn.
        mos: `(n,)`.
        srocc: Computes the SROCC; `metrics.srocc`, which is on a higher floor.
        title: Title of the plot.
        unit: Unit of the MOS.

    Raises:
        ValueError: If there is no attribute, or one has other lengths than the MOS.
    """
    shapes = {name: np.shape(one) for name, one in values.items()}
    if not shapes or set(shapes.values()) != {np.shape(mos)}:
        raise ValueError(
            "At least one attribute with a value for each MOS is expected. Received: "
            f"{shapes}, MOS of shape {np.shape(mos)}"
        )
    figure = style.new_figure(0.6 + 2.5 * len(values), 4.6)
    figure.suptitle(style.shown(title), color=style.INK, fontsize=11)
    above, below = figure.subplots(2, len(values), sharex="col", squeeze=False)
    for number, (name, one) in enumerate(values.items()):
        bars, dots = above[number], below[number]
        known = np.isfinite(one) & np.isfinite(mos)
        drawn, scores = np.asarray(one)[known], np.asarray(mos)[known]
        bars.hist(drawn, bins=BINS, color=style.COLOR)
        style.set_title(bars, f"{name}\n{_agreement(drawn, scores, srocc)}", size=9)
        alpha = style.opacity(drawn.size)
        dots.scatter(drawn, scores, s=5, color=style.COLOR, alpha=alpha, linewidths=0)
        style.frame(bars, dots, labelsize=8)
    above[0].set_ylabel("images", color=style.INK)
    below[0].set_ylabel(unit, color=style.INK)
    return style.png(figure)


def _agreement(values: np.ndarray, mos: np.ndarray, srocc: Callable) -> str:
    """Returns how many values there are, and their SROCC with the MOS."""
    count = f"{values.size:,} images"
    if values.size < 2 or np.ptp(values) == 0 or np.ptp(mos) == 0:
        return count
    return f"{count}, SROCC with MOS {srocc(values, mos):.2f}"
