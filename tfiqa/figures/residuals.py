"""Residuals of the MOS: against the predictions, and as a histogram."""

import numpy as np

from tfiqa.figures import style


def residuals(
    fitted: np.ndarray, mos: np.ndarray, *, title: str, unit: str = "MOS"
) -> bytes:
    """Returns a PNG of MOS minus fitted predictions.

    The histogram includes the normal density of the same mean and deviation.

    Args:
        fitted: Predictions in MOS units, for instance after the logistic fit, `(n,)`;
            NaN is not drawn.
        mos: `(n,)`.
        title: Title of the plot.
        unit: Unit of the MOS.
    """
    drawn = np.isfinite(fitted) & np.isfinite(mos)
    fitted, mos = np.asarray(fitted)[drawn], np.asarray(mos)[drawn]
    residual = mos - fitted
    figure = style.new_figure(7.2, 3.8)
    dots, bars = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    alpha = style.opacity(mos.size)
    dots.scatter(fitted, residual, s=14, color=style.COLOR, alpha=alpha, linewidths=0)
    dots.set_xlabel(f"Fitted {unit}", color=style.INK)
    dots.set_ylabel(f"{unit} minus fitted", color=style.INK)
    style.set_title(dots, title)
    bars.hist(
        residual, bins="auto", orientation="horizontal", density=True, color=style.COLOR
    )
    if residual.size and np.std(residual) > 0:
        mean, std = np.mean(residual), np.std(residual)
        grid = np.linspace(np.min(residual), np.max(residual), 200)
        density = np.exp(-0.5 * ((grid - mean) / std) ** 2) / (std * np.sqrt(2 * np.pi))
        bars.plot(density, grid, color=style.INK, linewidth=1)
    bars.set_xticks([])
    for axes in (dots, bars):
        axes.axhline(0, color=style.INK, linewidth=0.8, linestyle=style.DASHED)
    style.frame(dots, bars)
    return style.png(figure)
