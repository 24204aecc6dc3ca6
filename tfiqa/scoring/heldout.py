"""Agreement of a scorer with the MOS of images that it was not trained on.

Images that cannot be scored (they do not decode, or are flat) do not count in the
results; their number is shown with the results.
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
    """Scores the images of a source and compares the scores with their MOS.

    Args:
        scorer: A scorer; see `tfiqa.scoring.scorer`.
        source: Images with MOS.
        seed: Seed of the bootstrap.
        resamples: Number of resamples of the bootstrap.
        progress: Called after each image, with the number of images done.
        references: References by `reference_id`, for full-reference scorers.

    Raises:
        ValueError: If the source has no MOS, or no image can be scored.
    """
    if source.mos is None:
        raise ValueError(f"Images with MOS are expected. Received: {source.name!r}")
    check_references(scorer, references)
    outcomes = []
    min_side = metadata(scorer).get("min_side", 1)
    if references is None:
        assessments = assessed(predictor(scorer), source, min_side=min_side)
    else:
        pairs = _pairs(source)
        assessments = assess_pairs(pairs, scorer, references, min_side=min_side)
    for outcome in assessments:
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
    """Yields the assessment of each image of a source; see `assess`."""
    rows = source.examples.map(lambda row: row["image"]).as_numpy_iterator()
    readers = ((lambda encoded=encoded: bytes(encoded)) for encoded in rows)
    return assess(readers, predict, min_side=min_side)


def _pairs(source: Source) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yields the name of the reference of each image, and a reader of the image."""
    key = "reference_id" if names_references(source) else "image_id"
    rows = source.examples.map(lambda row: (row[key], row["image"]))
    for name, encoded in rows.as_numpy_iterator():
        yield bytes(name).decode(), lambda encoded=encoded: bytes(encoded)
