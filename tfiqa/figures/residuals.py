"""What is left of the MOS after the predictions: against them, and as a histogram."""

import io

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1b2a41"
DOT = "#2a6f97"


def residuals(
    fitted: np.ndarray, mos: np.ndarray, *, title: str, unit: str = "MOS"
) -> bytes:
    """Returns a PNG of MOS minus fitted predictions.

    Beside the histogram stands the normal density of the same mean and deviation.

    Args:
        fitted: Predictions in MOS units, such as after the logistic fit, `(n,)`; those
            that are NaN are not drawn.
        mos: `(n,)`.
        title: Above the drawing.
        unit: Name of the scale of the MOS.
    """
    drawn = np.isfinite(fitted) & np.isfinite(mos)
    fitted, mos = np.asarray(fitted)[drawn], np.asarray(mos)[drawn]
    left = mos - fitted
    canvas = FigureCanvasAgg(Figure(figsize=(7.2, 3.8), layout="constrained"))
    dots, bars = canvas.figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    alpha = float(np.clip(12 / np.sqrt(max(mos.size, 1)), 0.15, 0.9))
    dots.scatter(fitted, left, s=14, color=DOT, alpha=alpha, linewidths=0)
    dots.set_xlabel(f"Fitted {unit}", color=INK)
    dots.set_ylabel(f"{unit} minus fitted", color=INK)
    dots.set_title(title, color=INK, fontsize=11, loc="left")
    bars.hist(left, bins="auto", orientation="horizontal", density=True, color=DOT)
    if left.size and np.std(left) > 0:
        mean, std = np.mean(left), np.std(left)
        at = np.linspace(np.min(left), np.max(left), 200)
        density = np.exp(-0.5 * ((at - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
        bars.plot(density, at, color=INK, linewidth=1)
    bars.set_xticks([])
    for axes in (dots, bars):
        axes.axhline(0, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(colors=INK)
    encoded = io.BytesIO()
    canvas.figure.savefig(encoded, format="png", dpi=150)
    return encoded.getvalue()
