"""Rows of images from more than one scorer."""

import dataclasses
import itertools
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from tfiqa.cli.layout import columns_of
from tfiqa.files.listing import listed
from tfiqa.scoring.request import ScoreRow
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.run import score_request


def score_by_all(
    request: ScoringRequest, others: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Returns an iterator over rows with the scores of more than one scorer.

    Every row has the columns of `ScoreRow` from the scorer of the request, and
    `score_NAME` and `status_NAME` from each further one. Why a further scorer has no
    score is in `notes`, after its name. Each scorer decodes the images by itself.

    Args:
        request: The request. Intervals, explanations, maps and references are those of
            its own scorer.
        others: Further scorers by name: files, presets, or loaded scorers.

    Raises:
        ArgumentError: If a scorer does not exist or does not support the request.
    """
    if not others:
        return map(dataclasses.asdict, score_request(request))
    paths = itertools.tee(listed(request.paths), 1 + len(others))
    first = score_request(dataclasses.replace(request, paths=paths[0]))
    columns = [
        score_request(
            dataclasses.replace(
                request,
                paths=own,
                model=model,
                reference=None,
                intervals=False,
                explain=False,
                map_folder=None,
            )
        )
        for own, model in zip(paths[1:], others.values(), strict=True)
    ]
    return _joined(first, columns, list(others))


def _joined(
    first: Iterator[ScoreRow], columns: list[Iterator[ScoreRow]], names: list[str]
) -> Iterator[dict[str, Any]]:
    for row, *further in zip(first, *columns, strict=True):
        values = dataclasses.asdict(row)
        notes, runtimes = [row.notes], [row.runtime]
        for name, other in zip(names, further, strict=True):
            score, status = columns_of(name)
            values |= {score: other.score, status: other.status}
            if other.status not in ("ok", row.status):
                notes.append(f"{name}: {other.reason}")
            if other.runtime not in runtimes:
                runtimes.append(other.runtime)
        yield {
            **values,
            "notes": "; ".join(filter(None, notes)),
            "runtime": ", ".join(filter(None, runtimes)),
        }
