"""Agreement of a scorer with the MOS of pictures it has not seen.

Pictures that cannot be scored (they do not decode, or are flat) are left out of the
figures, and counted wherever the figures are shown.
"""

from collections.abc import Callable
from collections.abc import Iterator

import keras
import numpy as np

from tfiqa.data.load import Source
from tfiqa.metrics.bootstrap import RESAMPLES
from tfiqa.metrics.comparison import Result
from tfiqa.metrics.comparison import compared
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.references import References
from tfiqa.scoring.references import assess_pairs
from tfiqa.scoring.references import check_references
from tfiqa.scoring.references import names_references
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor


def heldout(
    scorer: keras.Model,
    source: Source,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Callable[[int], None] | None = None,
    references: References | None = None,
) -> Result:
    """Scores the pictures of a source and compares with their MOS.

    Args:
        scorer: A scorer; see `tfiqa.scoring.scorer`.
        source: Pictures with MOS.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
        progress: Called with the number of pictures done after each.
        references: By `reference_id`, for scorers that compare with them.

    Raises:
        ValueError: If the source has no MOS, or not one picture can be scored.
    """
    if source.mos is None:
        raise ValueError(f"Pictures with MOS are expected. Received: {source.name!r}")
    check_references(scorer, references)
    outcomes = []
    min_side = metadata(scorer).get("min_side", 1)
    if references is None:
        found = assessed(predictor(scorer), source, min_side=min_side)
    else:
        pairs = _pairs(source)
        found = assess_pairs(pairs, scorer, references, min_side=min_side)
    for outcome in found:
        outcomes.append(outcome)
        if progress is not None:
            progress(len(outcomes))
    return compared(
        source.name,
        source.image_ids,
        source.mos,
        np.array([outcome.score for outcome in outcomes], "float32"),
        statuses=tuple(outcome.status for outcome in outcomes),
        seed=seed,
        resamples=resamples,
    )


def assessed(
    predict: Callable[[np.ndarray], float], source: Source, *, min_side: int = 1
) -> Iterator[Assessment]:
    """Yields the assessment of each picture of a source; see `assess`."""
    rows = source.examples.map(lambda row: row["image"]).as_numpy_iterator()
    readers = ((lambda encoded=encoded: bytes(encoded)) for encoded in rows)
    return assess(readers, predict, min_side=min_side)


def _pairs(source: Source) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yields the name of the reference of each picture, and how to read the picture."""
    key = "reference_id" if names_references(source) else "image_id"
    rows = source.examples.map(lambda row: (row[key], row["image"]))
    for name, encoded in rows.as_numpy_iterator():
        yield bytes(name).decode(), lambda encoded=encoded: bytes(encoded)
