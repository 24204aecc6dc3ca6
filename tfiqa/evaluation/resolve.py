"""Turns the names in a request into objects, so that errors precede hours of work."""

import os
import shlex
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import keras

from tfiqa.data.score_table import read_scores
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.predictors import SEED
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import TablePredictor
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.request import PredictorsRequest
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.evaluation.trained_predictors import TrainedPredictor
from tfiqa.methods import METHODS
from tfiqa.regression.alphas import FINE
from tfiqa.regression.settings import Regression
from tfiqa.scoring.references import References
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.shipped import file_of


def resolve_databases(request: EvaluationRequest) -> list[Database]:
    """Returns the opened databases of a request; raises the errors of `data.load`."""
    return [
        open_database(
            dataset,
            data_dir=request.data_dir,
            split_seed=request.options.split_seed,
            divisions=request.options.divisions,
            image_size=request.image_size(dataset),
        )
        if isinstance(dataset, str)
        else dataset
        for dataset in request.datasets
    ]


def resolve_predictors(
    request: EvaluationRequest,
    databases: Sequence[Database],
    seeds: Sequence[int],
    train: Callable[[Sequence[str]], object],
) -> list[Predictor]:
    """Returns the predictors of a request, in the order of its fields.

    Args:
        request: The request that names them.
        databases: Databases to measure on.
        seeds: Seeds of the divisions, that of the division into parts first.
        train: Trains methods; see `TrainedPredictor`.

    Raises:
        FileNotFoundError: If a file is missing.
        ValueError: If two have the same name, or a file is not what it should be.
    """
    named, cache = request.predictors, cache_folder(request)
    predictors: list[Predictor] = []
    references = None if named.reference is None else References(named.reference)
    for model in named.models:
        predictors.append(_scorer(model, cache, seeds, references))
    for text in named.encoders:
        name, path = split_name(text)
        path = file_of(path)
        _check_file(path, "encoders", text)
        kind = named.regressor.replace("_", " ")
        name = name if "=" in text else f"{kind} on {name}"
        predictors.append(RidgePredictor(name, str(path), cache, _regression(named)))
    for text in named.methods:
        name, _, method = text.rpartition("=")
        predictors.append(trained_predictor(name or method, method, {}, request, train))
    for text in named.scores:
        predictors.append(_table(text, named, databases))
    names = [predictor.name for predictor in predictors]
    if len(set(names)) < len(names):
        raise ValueError(
            f"Different names, NAME=FILE, are expected. Received: {', '.join(names)}"
        )
    return predictors


def trained_predictor(
    name: str,
    method: str,
    fields: Mapping[str, object],
    request: EvaluationRequest,
    train: Callable[[Sequence[str]], object],
) -> TrainedPredictor:
    """Returns the predictor of a method that has yet to be trained.

    Args:
        name: Name for tables.
        method: A key of `METHODS`.
        fields: Fields of its `Config`.
        request: Provides the flags of training and the folder of runs.
        train: See `TrainedPredictor`.

    Raises:
        ValueError: If the method does not exist, or there is no folder for its runs.
    """
    if method not in METHODS:
        raise ValueError(
            f"`methods` must be among {', '.join(sorted(METHODS))}. "
            f"Received: {method!r}"
        )
    cache = cache_folder(request)
    if cache is None:
        raise ValueError(
            "`cache` is expected, a folder for trained methods; the command takes it "
            "from --output or --cache. Received: neither"
        )
    sets = [f"--set={field}={value}" for field, value in fields.items()]
    arguments = (*sets, *shlex.split(request.predictors.train_flags))
    data_dir = None if request.data_dir is None else os.fspath(request.data_dir)
    return TrainedPredictor(name, method, arguments, cache, data_dir, train)


def cache_folder(request: EvaluationRequest) -> Path | None:
    """Returns the folder where scores, features and runs are stored."""
    return None if request.cache is None else Path(request.cache)


def split_name(text: str) -> tuple[str, str]:
    """Returns the name and the file of `[NAME=]FILE`.

    The default name is that of the file, or of its folder if the file has the usual
    name of scorers or encoders.
    """
    name, _, path = text.partition("=")
    if path and not os.path.exists(text) and os.sep not in name:
        return name, path
    path = Path(text)
    generic = path.stem in ("scorer", "encoder") and path.parent.name
    return (path.parent.name if generic else path.stem), text


def _scorer(
    model: str | os.PathLike[str] | keras.Model,
    cache: Path | None,
    seeds: Sequence[int],
    references: References | None,
) -> ScorerPredictor:
    if not isinstance(model, str | os.PathLike):
        metadata(model)  # Raises unless it is a scorer.
        name = str(model.name)
        return ScorerPredictor(
            name, name, seed=seeds[0], references=references, model=model
        )
    text = os.fspath(model)
    name, path = split_name(text)
    scorer = ScorerPredictor(name, path, cache, seed=seeds[0], references=references)
    for seed in seeds if SEED in path else seeds[:1]:
        _check_file(scorer.path(seed), "models", text)
    return scorer


def _regression(named: PredictorsRequest) -> Regression:
    """Returns the regression on features of encoders."""
    return Regression(
        regressor=named.regressor,
        l1_ratio=named.l1_ratio,
        standardize=named.standardize,
        alphas=tuple(map(float, named.alphas)) or FINE,
    )


def _table(
    text: str, named: PredictorsRequest, databases: Sequence[Database]
) -> TablePredictor:
    name, path = split_name(text)
    _check_file(Path(path), "scores", text)
    columns = {"column": named.scores_column, "id_column": named.scores_id}
    return TablePredictor(name, read_scores(Path(path), **columns), tuple(databases))


def _check_file(path: Path, field: str, text: str) -> None:
    if not path.is_file():
        raise FileNotFoundError(
            f"`{field}`: [NAME=]FILE with an existing file is expected. "
            f"Received: {text!r}, but {path!s} does not exist"
        )
