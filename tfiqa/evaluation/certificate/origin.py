"""What is known about a scorer's origin, and how it agrees with its reference."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa import metrics
from tfiqa.data.decode import decode
from tfiqa.data.score_table import read_scores
from tfiqa.evaluation.certificate.bands import Mark
from tfiqa.files.reading import read_file

# Facts that every scorer should carry.
FACTS = ("method", "dataset", "mos_range", "unit", "version")
_TERMS = re.compile(r"licen[cs]e|terms|\*\*use\*\*", re.IGNORECASE)


def of_provenance(facts: dict[str, Any], card: Path | None) -> Mark:
    """Returns how many facts about the origin of a scorer are missing.

    Args:
        facts: Metadata of the scorer.
        card: Its card, Markdown; None if there is none.
    """
    missing = [name for name in FACTS if not facts.get(name)]
    text = card.read_text("utf-8", "replace") if card is not None else ""
    if not text:
        missing.append("card")
    if not _TERMS.search(text):
        missing.append("terms of use")
    # A scorer of unknown method or data cannot be judged at all.
    value = math.inf if {"method", "dataset"} & set(missing) else len(missing)
    return Mark("provenance", value, f"missing: {', '.join(missing)}" * bool(missing))


def of_goldens(
    predict: Callable[[np.ndarray], float], table: Path | None, factor: float
) -> Mark:
    """Compares a scorer with the scores of its reference implementation.

    Args:
        predict: Function from uint8 `(height, width, 3)` to a score.
        table: CSV file with the columns `path`, relative to the file, and `score`, in
            the units of the scorer, as `tfiqa.score` writes it; None if there is none.
        factor: Points for one unit of the score.

    Raises:
        OSError: If the table or an image cannot be read.
        ValueError: If the table is malformed, or an image does not decode.
    """
    if table is None:
        return Mark("goldens", note="no reference scores", measured=False)
    known = read_scores(table)
    received = np.array(
        [predict(decode(read_file(table.parent / name))) for name in known.names]
    )
    (expected, received), _, missing = metrics.complete(
        expected=known.scores, received=received
    )
    difference = factor * float(np.max(np.abs(expected - received), initial=0.0))
    srocc = metrics.srocc(received, expected) if len(expected) > 1 else math.nan
    note = f"{len(expected)} images, SROCC {srocc:.4f}"
    # A score that only one of the two gives is no agreement.
    return Mark("goldens", math.nan if missing else difference, note)
