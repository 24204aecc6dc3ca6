"""Predictions against mean opinion scores, one dot per image."""

from collections.abc import Callable

import numpy as np

from tfiqa.figures import style


def scatter(
    predictions: np.ndarray,
    mos: np.ndarray,
    *,
    title: str,
    unit: str = "MOS",
    predicted_unit: str | None = None,
    fit: Callable[[np.ndarray], np.ndarray] | None = None,
) -> bytes:
    """Returns a PNG of predictions against MOS.

    Both axes have the same scale and show the diagonal, unless the units differ.

    Args:
        predictions: `(n,)` in MOS units; NaN is not drawn.
        mos: `(n,)`.
        title: Title of the plot.
        unit: Unit of the MOS.
        predicted_unit: Unit of the predictions, if it is another one.
        fit: Function from predictions to MOS, drawn as a line: `metrics.LogisticFit`.
    """
    drawn = np.isfinite(predictions) & np.isfinite(mos)
    predictions, mos = np.asarray(predictions)[drawn], np.asarray(mos)[drawn]
    figure = style.new_figure(5.2, 5.2)
    axes = figure.add_subplot()
    if predicted_unit is None:
        ends = _ends(np.concatenate([predictions, mos]))
        axes.plot(
            ends, ends, color=style.INK, linewidth=0.8, linestyle=style.DASHED, zorder=1
        )
        axes.set(xlim=ends, ylim=ends, aspect="equal")
    else:
        axes.set(xlim=_ends(mos), ylim=_ends(predictions))
    alpha = style.opacity(mos.size)
    axes.scatter(mos, predictions, s=14, color=style.COLOR, alpha=alpha, linewidths=0)
    if fit is not None and mos.size:
        line = np.linspace(np.min(predictions), np.max(predictions), 200)
        axes.plot(fit(line), line, color=style.INK, linewidth=1.4)
    axes.set_xlabel(unit, color=style.INK)
    axes.set_ylabel(f"Predicted {predicted_unit or unit}", color=style.INK)
    style.set_title(axes, title)
    style.frame(axes)
    return style.png(figure)


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Returns the limits of an axis, a little wider than the values."""
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    margin = 0.04 * (high - low) or 1.0
    return float(low - margin), float(high + margin)
