"""Scorers from an encoder and a linear regression, fitted to arrays."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import regression
from tfiqa.data import splits
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.regression.frozen import build_scorer as build_scorer
from tfiqa.scoring.scorer import reader


def features_and_scores(
    encoder: keras.Model,
    images: Iterable[np.ndarray],
    scores: Sequence[float] | np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the features `(n, d)` and the scores `(n,)` of images, both float32.

    Args:
        encoder: Model from images to features.
        images: uint8 `(height, width, 3)` each.
        scores: One for each image, `(n,)` or `(n, 1)`.

    Raises:
        ValueError: If there is not one finite score for each image.
    """
    mos = np.asarray(scores, np.float32).reshape(-1)
    if not np.isfinite(mos).all():
        bad = np.count_nonzero(~np.isfinite(mos))
        raise ValueError(
            f"`scores` must be finite. Received: {bad} of {mos.size} are not"
        )
    read = reader(encoder)
    rows = [read(np.asarray(image)) for image in images]
    if len(rows) != len(mos) or len(rows) < 2:
        raise ValueError(
            "`scores` must hold one score for each image, for 2 images or more. "
            f"Received: {len(mos)} scores, {len(rows)} images"
        )
    return np.stack(rows).astype(np.float32), mos


def regression_of(
    features: np.ndarray,
    mos: np.ndarray,
    *,
    alphas: Sequence[float],
    standardized: bool,
    seed: int,
    l1_ratio: float = 0.0,
) -> regression.LinearMap:
    """Returns the regression on all rows, its strength chosen on an eighth of them.

    Args:
        features: `(n, d)`.
        mos: `(n,)`.
        alphas: Candidate strengths of the penalty, positive.
        standardized: See `regression.fit`.
        seed: Seed that draws that eighth.
        l1_ratio: See `regression.fit`.
    """
    options: dict[str, Any] = {"standardized": standardized, "l1_ratio": l1_ratio}
    alpha = alphas[0]
    if len(alphas) > 1:
        known, unseen = splits.two_way([str(row) for row in range(len(mos))], seed=seed)
        alpha, _ = regression.choose_alpha(
            *(features[known], mos[known]),
            *(features[unseen], mos[unseen]),
            alphas,
            **options,
        )
    return regression.fit(features, mos, alpha, **options)


def description(
    method: str,
    mos: np.ndarray,
    *,
    mos_range: tuple[float, float] | None,
    dataset: str,
    unit: str,
) -> dict[str, Any]:
    """Returns the metadata of a scorer fitted to scores; see `layers.MOS`."""
    worst, best = (mos.min(), mos.max()) if mos_range is None else mos_range
    return {
        "method": method,
        "min_side": MIN_SIDE,
        "dataset": dataset,
        "mos_range": [float(worst), float(best)],
        "unit": unit,
        "version": __version__,
    }
