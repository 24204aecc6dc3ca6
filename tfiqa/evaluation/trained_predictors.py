"""Predictors that learn from the training images of each division.

An encoder gets a ridge regression, fitted whenever a protocol trains. A method is
trained by `tfiqa.training`, once for each division.
"""

import contextlib
import dataclasses
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa import regression
from tfiqa import training
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.cache import digest
from tfiqa.evaluation.cache import model_folder
from tfiqa.evaluation.cache import slug
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.features import add_features
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import score_outcomes
from tfiqa.regression.settings import Regression
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader
from tfiqa.training import flags


@dataclasses.dataclass(frozen=True)
class RidgePredictor:
    """A linear regression on the features of an encoder, or of a scorer.

    Attributes:
        name: Name for tables.
        path: File of the encoder.
        cache: Folder of stored features; `None` for memory only.
        settings: The regression; by default a ridge on raw features, as the authors of
            CONTRIQUE and Re-IQA fit it.
        encoder: The loaded encoder, instead of the file.
    """

    name: str
    path: str
    cache: Path | None = None
    settings: Regression = dataclasses.field(default_factory=Regression)
    encoder: keras.Model | None = None
    trains: bool = True
    _stores: dict[str, FeatureStore] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def features(self, database: Database, rows: np.ndarray) -> np.ndarray:
        """Returns features, float32 `(n, d)`, NaN for an image that has none."""
        store = self._store(database)
        ids = database.image_ids[rows]
        missing = rows[store.missing(ids)]
        if len(missing):
            encoder = self.encoder or load_encoder(self.path)
            length = encoder.output_shape[-1]
            add_features(reader(encoder), length, database, missing, store, self.name)
        return store.features(ids.tolist())

    def outcomes(self, database, rows, division, *, seed):
        del seed
        predict = self.fitted(database, division[0], division[1])
        return predict(database, rows)

    def fitted(
        self, database: Database, train: np.ndarray, validation: np.ndarray
    ) -> Callable[[Database, np.ndarray], Outcomes]:
        """Returns a function from a database and rows of it to outcomes.

        Validation chooses alpha; the regression is then fitted to both parts.
        """
        rows = np.concatenate([train, validation])
        features = self.features(database, np.sort(rows))
        features = features[np.searchsorted(np.sort(rows), rows)]
        mos = database.mos[rows].astype("float64")
        complete = ~np.isnan(features).any(axis=1)
        validates = np.arange(len(rows)) >= len(train)
        first, second = ~validates & complete, validates & complete
        alpha, _ = regression.choose_alpha(
            *(features[first], mos[first], features[second], mos[second]),
            self.settings.alphas,
            **self.settings.penalty,
        )
        linear = regression.fit(
            features[complete], mos[complete], alpha, **self.settings.penalty
        )
        return functools.partial(self._predict, linear)

    def facts(self) -> dict[str, Any]:
        return {
            "kind": "RidgeSubject",
            "trains": self.trains,
            "file": self.path,
            "sha256": digest(self.path),
            **dataclasses.asdict(self.settings),
        }

    def _predict(self, linear, database: Database, rows: np.ndarray) -> Outcomes:
        scores = np.asarray(linear(self.features(database, rows)), "float64")
        return score_outcomes(scores, "undecodable")

    def _store(self, database: Database) -> FeatureStore:
        if database.key not in self._stores:
            folder = None
            if self.cache is not None and Path(self.path).is_file():
                folder = model_folder(self.cache, Path(self.path))
                folder = folder / f"features-{database.key}"
            self._stores[database.key] = FeatureStore(folder)
        return self._stores[database.key]


def train(arguments: Sequence[str]) -> None:
    """Trains as the flags of `python -m tfiqa.train` say.

    Prints to standard error, to keep standard output for the results of an evaluation.
    """
    verbose = 1 if sys.stderr.isatty() else 2  # A bar, or a line per epoch.
    request = dataclasses.replace(flags.parse(arguments), verbose=verbose)
    with contextlib.redirect_stdout(sys.stderr):
        training.train_request(request)


@dataclasses.dataclass(frozen=True)
class TrainedPredictor:
    """A method that is trained on each division of a database.

    Attributes:
        name: Name for tables.
        method: A key of `METHODS`.
        arguments: Further flags of `python -m tfiqa.train`.
        cache: Folder of runs and scores.
        data_dir: Folder of prepared datasets, unless it is the default.
        train: Trains, given flags; writes `scorer.keras` and, when it is complete, its
            `outcome` into `run.json`.
    """

    name: str
    method: str
    arguments: tuple[str, ...]
    cache: Path
    data_dir: str | None = None
    train: Callable[[Sequence[str]], object] = train
    trains: bool = True

    def outcomes(self, database, rows, division, *, seed):
        scorer = self.scorer(database, seed)
        return scorer.outcomes(database, rows, division, seed=seed)

    def scorer(
        self, database: Database, seed: int, *, of_all: bool = False
    ) -> ScorerPredictor:
        """Returns the scorer trained on the division of a seed, or on all images."""
        path = self.trained(database, seed, of_all=of_all)
        return ScorerPredictor(self.name, str(path), self.cache)

    def trained(self, database: Database, seed: int, *, of_all: bool = False) -> Path:
        """Returns the file of the scorer; trains it unless that was done before.

        Raises:
            OSError: If a file or a dataset is missing.
            ValueError: If a flag has a value that is not allowed.
        """
        folder = self._folder(database, seed, of_all)
        record = folder / "run.json"
        if record.exists() and "outcome" in json.loads(record.read_text()):
            return folder / "scorer.keras"
        arguments = [
            f"--method={self.method}",
            f"--dataset={database.name}",
            f"--split_seed={seed}",
            f"--output={folder}",
        ]
        arguments += ["--learn_from=all"] if of_all else []
        arguments += _protocol_flags(database)
        arguments += [f"--data_dir={self.data_dir}"] if self.data_dir else []
        self.train([*arguments, "--resume", *self.arguments])
        return folder / "scorer.keras"

    def facts(self) -> dict[str, Any]:
        return {
            "kind": "TrainedSubject",
            "trains": self.trains,
            "method": self.method,
            "flags": list(self.arguments),
        }

    def _folder(self, database: Database, seed: int, of_all: bool) -> Path:
        """Returns a unique folder for what is learned from, and how."""
        values = [argument.rpartition("=")[2] for argument in self.arguments]
        files = [path for value in values for path in value.split(",")]
        facts = [self.method, *self.arguments, database.fingerprint, str(of_all)]
        facts += _protocol_flags(database)
        facts += [digest(path) for path in files if os.path.isfile(path)]
        key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
        name = f"{slug(self.name)}-{slug(database.name)}-{seed}-{key}"
        return self.cache / "runs" / name


def _protocol_flags(database: Database) -> list[str]:
    """Returns the flags of a training on the same parts at the same size."""
    size = database.source.image_size
    flags_of_size = [] if size is None else [f"--image_size={size}"]
    return flags_of_size + (["--divisions=random"] if database.divided else [])
