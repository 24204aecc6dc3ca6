"""How well a method does with few labels: SROCC against their number.

The test part is that of the division of each seed, whatever the number. The labelled
pictures are drawn from the rest, those of fewer among those of more, and divided by
content once more, since labels that choose hyperparameters are labels too.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.evaluation.protocols.repeats import Fit
from tfiqa.evaluation.protocols.repeats import predicted


@dataclasses.dataclass(frozen=True)
class Curve:
    """SROCC by number of labels.

    Attributes:
        counts: Labels in all, training and validation, ascending.
        seeds: Of the divisions.
        sroccs: `(counts, seeds)`.
        scored: Test pictures with a prediction, `(counts, seeds)`.
        missing: Test pictures without one, `(counts, seeds)`.
    """

    counts: tuple[int, ...]
    seeds: tuple[int, ...]
    sroccs: np.ndarray
    scored: np.ndarray
    missing: np.ndarray

    @property
    def medians(self) -> np.ndarray:
        """Median over the seeds, `(counts,)`."""
        return np.median(self.sroccs, axis=1)


def label_efficiency(
    fit: Fit,
    mos: np.ndarray,
    references: Sequence[str] | np.ndarray,
    *,
    counts: Sequence[int],
    seeds: Iterable[int] = splits.SEEDS,
) -> Curve:
    """Trains on ever more labels and tests on the same pictures.

    Args:
        fit: See `protocols.repeats`.
        mos: `(n,)`, higher is better.
        references: Content of each picture.
        counts: Numbers of labels, of which 1/8 of the contents choose and the rest
            train.
        seeds: Of the divisions and of the draws.

    Raises:
        ValueError: If a count is larger than what is not tested on, or too small to be
            of two contents.
    """
    mos, contents = np.asarray(mos, "float64"), np.asarray(references, np.str_)
    counts, seeds = tuple(sorted(set(counts))), tuple(seeds)
    sroccs = np.empty((len(counts), len(seeds)))
    scored, missing = np.zeros((2, *sroccs.shape), int)
    for column, seed in enumerate(seeds):
        train, validation, test = splits.three_way(contents, seed=seed)
        pool = np.concatenate([train, validation])
        _check(counts, len(pool))
        order = np.random.default_rng([seed, len(pool)]).permutation(np.sort(pool))
        for row, count in enumerate(counts):
            labelled = np.sort(order[:count])
            kept, held_out = splits.two_way(contents[labelled], seed=seed)
            predict = fit(labelled[kept], labelled[held_out])
            predictions = predicted(predict, test)
            (q, y), _, lost = metrics.complete(predictions=predictions, mos=mos[test])
            sroccs[row, column] = metrics.srocc(q, y)
            scored[row, column], missing[row, column] = len(q), lost
    return Curve(counts, seeds, sroccs, scored, missing)


def _check(counts: tuple[int, ...], available: int) -> None:
    if not counts or counts[0] < 2 or counts[-1] > available:
        raise ValueError(
            f"`counts` from 2 to {available} are expected, the pictures that are not "
            f"tested on. Received: counts={counts}"
        )
