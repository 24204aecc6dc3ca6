"""What learns from the training pictures of each division.

An encoder gets a ridge regression, fitted anew wherever a protocol trains. A method is
trained by `tfiqa.train`, in a process of its own, once for each division.
"""

import dataclasses
import functools
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tfiqa import regression
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.cache import digest
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.inference import describe
from tfiqa.evaluation.inference import folder_of
from tfiqa.evaluation.inference import key_of
from tfiqa.evaluation.inference import plain
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import outcomes_of
from tfiqa.regression.alphas import WIDE
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class RidgeSubject:
    """Ridge regression on the features of an encoder, or of a scorer."""

    name: str
    path: str
    cache: Path | None = None
    alphas: tuple[float, ...] = WIDE
    trains: bool = True

    def features(self, database: Database, rows: np.ndarray) -> np.ndarray:
        """Returns float32 `(n, d)`, NaN where a picture has none."""
        store = _feature_store(self, database)
        ids = database.image_ids[rows]
        left = rows[store.missing(ids)]
        if len(left):
            encoder = load_encoder(self.path)
            length = encoder.output_shape[-1]
            describe(reader(encoder), length, database, left, store, self.name)
        return store.features(ids.tolist())

    def outcomes(self, database, rows, division, *, seed):
        del seed
        predict = self.fitted(database, division[0], division[1])
        return predict(database, rows)

    def fitted(
        self, database: Database, train: np.ndarray, validation: np.ndarray
    ) -> Callable[[Database, np.ndarray], Outcomes]:
        """Returns the function from a database and rows of it to outcomes.

        Alpha is chosen on validation; the regression then learns from both.
        """
        known = np.concatenate([train, validation])
        features = self.features(database, np.sort(known))
        place = np.searchsorted(np.sort(known), known)
        features, mos = features[place], database.mos[known].astype("float64")
        held = np.arange(len(known)) >= len(train)
        there = ~np.isnan(features).any(axis=1)
        first, second = ~held & there, held & there
        alpha, _ = regression.choose_alpha(
            *(features[first], mos[first], features[second], mos[second], self.alphas),
            standardized=True,
        )
        ridge = regression.fit_ridge(
            features[there], mos[there], alpha, standardized=True
        )
        return functools.partial(self._predicted, ridge)

    def _predicted(self, ridge, database: Database, rows: np.ndarray) -> Outcomes:
        scores = np.asarray(ridge(self.features(database, rows)), "float64")
        return outcomes_of(scores, "undecodable")


@dataclasses.dataclass(frozen=True)
class TrainedSubject:
    """A method that is trained by `tfiqa.train` on each division of a database."""

    name: str
    method: str
    arguments: tuple[str, ...]
    cache: Path
    data_dir: str | None = None
    trains: bool = True

    def outcomes(self, database, rows, division, *, seed):
        scorer = self.scorer(database, seed)
        return scorer.outcomes(database, rows, division, seed=seed)

    def scorer(
        self, database: Database, seed: int, *, of_all: bool = False
    ) -> ScorerSubject:
        """Returns what was trained on the division of a seed, or on all pictures."""
        path = self.trained(database, seed, of_all=of_all)
        return ScorerSubject(self.name, str(path), self.cache)

    def trained(self, database: Database, seed: int, *, of_all: bool = False) -> Path:
        """Returns the file of the scorer, trained if need be.

        Raises:
            ValueError: If the training ends with an error.
        """
        folder = self._folder(database, seed, of_all)
        record = folder / "run.json"
        if record.exists() and "outcome" in json.loads(record.read_text()):
            return folder / "scorer.keras"
        command = [sys.executable, "-m", "tfiqa.train", f"--method={self.method}"]
        command += [
            f"--dataset={database.name}",
            f"--split_seed={seed}",
            f"--output={folder}",
        ]
        command += ["--learn_from=all"] if of_all else []
        command += [f"--data_dir={self.data_dir}"] if self.data_dir else []
        command += ["--resume", *self.arguments]
        done = subprocess.run(command, stdout=sys.stderr)
        if done.returncode:
            raise ValueError(f"A training ended with {done.returncode}: {command}")
        return folder / "scorer.keras"

    def _folder(self, database: Database, seed: int, of_all: bool) -> Path:
        """Returns a folder of its own for each thing learned from, and each way."""
        values = [one.rpartition("=")[2] for one in self.arguments]
        files = [path for one in values for path in one.split(",")]
        facts = [self.method, *self.arguments, database.fingerprint, str(of_all)]
        facts += [digest(path) for path in files if os.path.isfile(path)]
        told = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
        name = f"{plain(self.name)}-{plain(database.name)}-{seed}-{told}"
        return self.cache / "runs" / name


@functools.cache
def _feature_store(subject: RidgeSubject, database: Database) -> FeatureStore:
    if subject.cache is None or not Path(subject.path).is_file():
        return FeatureStore(None)  # Errors of a missing file are those of loading.
    folder = folder_of(Path(subject.path), subject.cache)
    return FeatureStore(folder / f"features-{key_of(database)}")
