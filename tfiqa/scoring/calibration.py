"""Scorers with a common scale from 0 to 100 and an interval for each score.

A calibrated scorer is a scorer: its last layer is `layers.MOS` with range 0 to 100. The
layer before it, named `calibration`, holds the mapping and the intervals.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import ArrayLike

from tfiqa import layers
from tfiqa.layers.calibration import Calibration
from tfiqa.metrics.conformal import SCALE
from tfiqa.metrics.conformal import calibrate
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.stored_metadata import CERTIFICATE

LAYER = "calibration"


def calibrated(
    scorer: keras.Model,
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    mos_range: tuple[float, float],
    dataset: str,
    level: float = 0.9,
    seed: int = 0,
) -> keras.Model:
    """Returns the scorer on the scale from 0 to 100; all weights are shared.

    Args:
        scorer: A scorer; see `tfiqa.scoring.scorer`.
        predictions: Its scores of images that it was not trained on, `(n,)`; NaN where
            missing.
        mos: MOS of the same images, `(n,)`, higher is better.
        mos_range: Worst and best MOS of their scale, which become 0 and 100.
        dataset: Name of the dataset of these images, for the metadata.
        level: Share of the MOS that intervals cover.
        seed: Seed of the division into halves; see `protocols.conformal`.

    Raises:
        ValueError: If the scorer is already calibrated, or as `conformal.calibrate`.
    """
    if is_calibrated(scorer):
        raise ValueError(
            "A scorer that is not yet calibrated is expected. "
            f"Received: {scorer.name!r}, {metadata(scorer)['calibration']}"
        )
    known = metadata(scorer)
    fit = calibrate(predictions, mos, mos_range=mos_range, level=level, seed=seed)
    last = scorer.layers[-1]
    quality, images = last.input
    raw = keras.layers.Rescaling(
        last.scale, last.offset, dtype="float32", name="raw_mos"
    )(quality)
    layer = Calibration(fit.curve, fit.knots, fit.widths, fit.level, name=LAYER)
    facts = {
        "dataset": dataset,
        "mos_range": list(map(float, mos_range)),
        "level": level,
        "seed": seed,
        "fitted": fit.fitted,
        "conformal": fit.conformal,
        "missing": fit.missing,
    }
    scores = layers.MOS(metadata=_metadata(known, facts))(layer(raw), images)
    return layers.Scorer(scorer.input, scores, name=scorer.name)


def is_calibrated(scorer: keras.Model) -> bool:
    """Returns whether a scorer has intervals."""
    return "calibration" in metadata(scorer)


def interval(scorer: keras.Model, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Returns the ends of the intervals of scores of a calibrated scorer.

    Args:
        scorer: Result of `calibrated`.
        scores: Scores of any shape, in 0..100; NaN stays.

    Raises:
        ValueError: If the scorer is not calibrated.
    """
    if not is_calibrated(scorer):
        raise ValueError(
            "A calibrated scorer is expected, which has intervals. "
            f"Received: {scorer.name!r}"
        )
    return scorer.get_layer(LAYER).interval(np.asarray(scores))


def _metadata(known: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    # A calibrated scorer has other scores, so the certificate is not its own.
    kept = {key: value for key, value in known.items() if key != CERTIFICATE}
    return {
        **kept,
        "mos_range": list(SCALE),
        "unit": f"MOS of {facts['dataset']}, calibrated, 0 to 100",
        "calibration": facts,
    }
