"""The evaluation of a request: every predictor on every dataset by every protocol."""

import functools
import os
import sys
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.data import image_size
from tfiqa.evaluation import trained_predictors
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.distorted_pool import DistortedPool
from tfiqa.evaluation.distorted_pool import open_pool
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.resolve import cache_folder
from tfiqa.evaluation.resolve import resolve_databases
from tfiqa.evaluation.resolve import resolve_predictors
from tfiqa.evaluation.resolve import trained_predictor
from tfiqa.evaluation.results import EvaluationResults


def evaluate_request(
    request: EvaluationRequest,
    *,
    train: Callable[[Sequence[str]], object] = trained_predictors.train,
) -> EvaluationResults:
    """Measures every predictor on every dataset by every protocol.

    A predictor that cannot be measured becomes a line of `errors`; the others continue.
    Progress is shown on standard error.

    Args:
        request: What to measure.
        train: Trains `methods`, given flags of `python -m tfiqa.train`; see
            `TrainedPredictor`.

    Raises:
        OSError: If a file or a dataset is missing.
        TypeError: If a file holds a model that Keras cannot load.
        ValueError: If fields contradict each other, or a value is not allowed; names
            the field.

    Example:
        >>> from tfiqa.evaluation import PredictorsRequest
        >>> results = evaluate_request(
        ...     EvaluationRequest(
        ...         PredictorsRequest(models=["scorer.keras"]), datasets=["koniq10k"]
        ...     )
        ... )
        >>> srocc = results.rows[0].figures["SROCC"].value
    """
    default = "split" if request.datasets else "waterloo"
    names = tuple(dict.fromkeys(request.protocols or [default]))
    protocols = [PROTOCOLS[name] for name in names]
    _check_needs(request, protocols)
    databases = resolve_databases(request)
    seeds = _seeds(request, protocols)
    predictors = resolve_predictors(request, databases, seeds, train)
    results = EvaluationResults(
        predictors=predictors, databases=databases, options=request.options
    )
    context = Context(
        *(predictors, databases, request.options, results, _pool(request)),
        functools.partial(trained_predictor, request=request, train=train),
    )
    for hint in (*_sizes(databases), *_epochs(predictors)):
        results.hint(hint)
    for protocol in protocols:
        with results.attempt(protocol.name):
            protocol.measure(context)
    results.record |= _record(request, names, databases, predictors)
    return results


def _sizes(databases: Sequence[Database]) -> Iterator[str]:
    """Yields what was done to the size of images, which no result may hide."""
    for database in databases:
        size = database.source.image_size
        if size is not None:
            described = image_size.parse(size).describe()
            yield f"{database.name}: images are resized to {described}."


def _epochs(predictors: Sequence[Predictor]) -> Iterator[str]:
    """Yields a warning for each method whose epoch the test images choose."""
    for predictor in predictors:
        flags = " ".join(getattr(predictor, "arguments", ()))
        if "best_test" in flags:
            yield (
                f"{predictor.name}: the best epoch on the test images is kept, so its "
                "figures are too good."
            )


def _check_needs(request: EvaluationRequest, protocols: Sequence[Protocol]) -> None:
    for protocol in protocols:
        for field in protocol.needs:
            if not getattr(request, field):
                raise ValueError(
                    f"`{field}` is expected for {protocol.name}. Received: none"
                )


def _seeds(
    request: EvaluationRequest, protocols: Sequence[Protocol]
) -> tuple[int, ...]:
    """Returns the seeds of all divisions used, that of the parts first."""
    options = request.options
    without_division = any(not protocol.divides for protocol in protocols)
    with_division = any(protocol.divides for protocol in protocols)
    return (
        *((options.split_seed,) if without_division else ()),
        *(options.seeds if with_division else ()),
    )


def _pool(request: EvaluationRequest) -> DistortedPool | None:
    if request.pristine is None:
        return None
    return open_pool(
        Path(request.pristine.folder),
        cache=cache_folder(request),
        limit=request.pristine.limit,
        seed=request.options.seed,
    )


def _record(
    request: EvaluationRequest,
    protocols: Sequence[str],
    databases: Sequence[Database],
    predictors: Sequence[Predictor],
) -> dict[str, Any]:
    """Returns a description of what was measured and how, for `results.json`."""
    options, pristine = request.options, request.pristine
    reference = request.predictors.reference
    return {
        "command": sys.argv,
        "protocols": list(protocols),
        "part": options.split,
        "split_seed": options.split_seed,
        "divisions": options.divisions,
        "seeds": list(options.seeds),
        "seed": options.seed,
        "resamples": options.resamples,
        "logistics": list(options.logistics),
        "pristine": None if pristine is None else os.fspath(pristine.folder),
        "reference": None if reference is None else os.fspath(reference),
        "datasets": {
            database.name: {
                "fingerprint": database.fingerprint,
                "pictures": database.source.count,
                "official_division": database.official,
                "image_size": database.source.image_size,
                "unit": database.source.unit,
            }
            for database in databases
        },
        "methods": {predictor.name: predictor.facts() for predictor in predictors},
    }
