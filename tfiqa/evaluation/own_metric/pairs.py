"""A metric fitted to pairs, which say which of two images is better."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tfiqa.evaluation.own_metric.nested import INNER
from tfiqa.evaluation.own_metric.nested import parts_of
from tfiqa.regression import frozen
from tfiqa.regression.alphas import WIDE
from tfiqa.regression.bradley_terry import fit_all
from tfiqa.regression.bradley_terry import fit_bradley_terry
from tfiqa.regression.bradley_terry import log_loss

UNIT = "Bradley-Terry quality, log odds"
# From strong to weak: each solution is the start of the next.
ALPHAS = WIDE[::-1]
# Quantile of the normal distribution for intervals of 95 %.
_Z = 1.959964


@dataclasses.dataclass(frozen=True)
class PairResult:
    """How well pairs with an unseen image are predicted.

    Attributes:
        family: Name of the features.
        differences: Predicted quality of the better minus that of the worse image, for
            each measured pair once; the mean, if two parts measure it.
        alpha: Strength chosen on all pairs.
    """

    family: str
    differences: np.ndarray
    alpha: float

    @property
    def right(self) -> float:
        """Share of the pairs whose better image is predicted to be better."""
        return float(np.mean(self.differences > 0))

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson interval of that share, 95 %, as if pairs were independent."""
        return wilson(self.right, len(self.differences))

    @property
    def loss(self) -> float:
        """Mean negative log-likelihood; that of guessing is 0.693."""
        return log_loss(self.differences)


def measured_pairs(
    family: str, table: np.ndarray, pairs: np.ndarray, *, folds: int, seed: int
) -> PairResult:
    """Returns the cross-validated result of Bradley-Terry regression on features.

    Each part is held out in turn. The pairs with at least one image in it are measured;
    the others are learned. The strength is chosen among the learned ones, by the
    likelihood of pairs that are held out there.

    Args:
        family: Name of the features.
        table: Features of all images, `(n, d)`.
        pairs: Rows of the better and of the worse image, `(pairs, 2)`.
        folds: Number of parts.
        seed: Seed of the parts.

    Raises:
        ValueError: If no pair can be measured.
    """
    names = np.array([str(row) for row in range(len(table))])
    parts = parts_of(names, folds, seed)
    sums, counts = np.zeros(len(pairs)), np.zeros(len(pairs), int)
    for part in range(parts.max() + 1):
        is_measured = (parts[pairs] == part).any(axis=1)
        known = pairs[~is_measured]
        if not len(known) or not is_measured.any():
            continue
        alpha = chosen_alpha(table, known, seed)
        quality = fit_bradley_terry(table, known, alpha)(table)
        better, worse = pairs[is_measured].T
        sums[is_measured] += quality[better] - quality[worse]
        counts[is_measured] += 1
    is_measured = counts > 0
    if not is_measured.any():
        raise ValueError(
            "Pairs of at least 4 images are expected, to measure on unseen ones. "
            f"Received: {len(pairs)} pairs of {len(table)} images"
        )
    alpha = chosen_alpha(table, pairs, seed)
    return PairResult(family, sums[is_measured] / counts[is_measured], alpha)


def chosen_alpha(table: np.ndarray, pairs: np.ndarray, seed: int) -> float:
    """Returns the strength of the largest likelihood on held-out pairs."""
    images = np.unique(pairs)
    losses = np.zeros(len(ALPHAS))
    try:
        parts = np.full(len(table), -1)
        parts[images] = parts_of(images.astype(np.str_), INNER, seed + 1)
    except ValueError:
        return ALPHAS[len(ALPHAS) // 2]
    for part in range(parts.max() + 1):
        is_out = (parts[pairs] == part).any(axis=1)
        if is_out.all() or not is_out.any():
            continue
        better, worse = pairs[is_out].T
        for row, linear in enumerate(fit_all(table, pairs[~is_out], ALPHAS)):
            quality = linear(table)
            losses[row] += np.logaddexp(0.0, quality[worse] - quality[better]).sum()
    return ALPHAS[int(np.argmin(losses))]


def pair_scorer(
    table: np.ndarray,
    pairs: np.ndarray,
    alpha: float,
    descriptor: Callable[[], keras.Model],
    metadata: dict[str, Any],
    name: str,
) -> keras.Model:
    """Returns the scorer that has learned from all pairs.

    Its range is that of the images of the pairs.
    """
    linear = fit_bradley_terry(table, pairs, alpha)
    quality = linear(table)
    observed = [float(quality.min()), float(quality.max())]
    facts = {**metadata, "mos_range": observed, "unit": UNIT}
    return frozen.build_scorer(descriptor(), linear, facts, name=name)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Returns the Wilson interval of a share of `count` trials, 95 %."""
    center = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = _Z * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    half /= 1 + _Z**2 / count
    return float(max(center - half, 0.0)), float(min(center + half, 1.0))
