"""Predictions against mean opinion scores, one dot per picture."""

import io
from collections.abc import Callable

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
DOT = "#2a6f97"


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

    Both axes are alike and show the diagonal, unless the scales differ.

    Args:
        predictions: `(n,)` in MOS units; those that are NaN are not drawn.
        mos: `(n,)`.
        title: Above the drawing.
        unit: Name of the scale of the MOS.
        predicted_unit: Name of the scale of the predictions where it is another one.
        fit: From predictions to MOS, drawn as a line: `metrics.LogisticFit`.
    """
    drawn = np.isfinite(predictions) & np.isfinite(mos)
    predictions, mos = np.asarray(predictions)[drawn], np.asarray(mos)[drawn]
    canvas = FigureCanvasAgg(Figure(figsize=(5.2, 5.2), layout="constrained"))
    axes = canvas.figure.add_subplot()
    if predicted_unit is None:
        ends = _ends(np.concatenate([predictions, mos]))
        axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.set(xlim=ends, ylim=ends, aspect="equal")
    else:
        axes.set(xlim=_ends(mos), ylim=_ends(predictions))
    # Fainter dots where there are many, so that crowds still show.
    alpha = float(np.clip(12 / np.sqrt(max(mos.size, 1)), 0.15, 0.9))
    axes.scatter(mos, predictions, s=14, color=DOT, alpha=alpha, linewidths=0)
    if fit is not None and mos.size:
        line = np.linspace(np.min(predictions), np.max(predictions), 200)
        axes.plot(fit(line), line, color=INK, linewidth=1.4)
    axes.set_xlabel(unit, color=INK)
    axes.set_ylabel(f"Predicted {predicted_unit or unit}", color=INK)
    axes.set_title(title, color=INK, fontsize=11, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Returns the limits of an axis, a little wider than the values."""
    low, high = (values.min(), values.max()) if values.size else (0.0, 1.0)
    margin = 0.04 * (high - low) or 1.0
    return float(low - margin), float(high + margin)
