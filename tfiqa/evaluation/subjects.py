"""What is evaluated: whatever gives scores of the pictures of a database.

A scorer is a file; `{seed}` in its name stands for the seed of a division, where there
is one scorer for each. An encoder gets a ridge regression, fitted anew wherever a
protocol trains. Scores of another tool come from a table. A method is trained by
`tfiqa.train`, in a process of its own, once for each division.
"""

import dataclasses
import functools
import json
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from tfiqa import regression
from tfiqa.assess import assess
from tfiqa.data.score_table import ScoreTable
from tfiqa.data.score_table import matched
from tfiqa.encoder import load_encoder
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.stores import BLOCK
from tfiqa.evaluation.stores import FeatureStore
from tfiqa.evaluation.stores import Outcomes
from tfiqa.evaluation.stores import ScoreStore
from tfiqa.evaluation.stores import digest
from tfiqa.progress import Progress
from tfiqa.references import check_references
from tfiqa.scorer import PRESETS
from tfiqa.scorer import load_scorer
from tfiqa.scorer import metadata
from tfiqa.scorer import predictor
from tfiqa.scorer import presets
from tfiqa.scorer import reader

# Candidates for the strength of the ridge, of standardized features.
ALPHAS = tuple(float(alpha) for alpha in np.logspace(-2, 6, 17))
Division = tuple[np.ndarray, np.ndarray, np.ndarray]


class Subject(Protocol):
    """What has a name and scores pictures.

    `trains` tells whether scores depend on what it is allowed to learn from.
    """

    @property
    def name(self) -> str:
        """For tables."""
        ...

    @property
    def trains(self) -> bool:
        """See the class."""
        ...

    def outcomes(
        self, database: Database, rows: np.ndarray, division: Division, *, seed: int
    ) -> Outcomes:
        """Returns what comes of ascending rows; test rows are not learned from."""
        ...


@dataclasses.dataclass(frozen=True)
class ScorerSubject:
    """A scorer, or one for each division; scores are kept below `cache`."""

    name: str
    pattern: str
    cache: Path | None = None
    trains: bool = False

    def path(self, seed: int) -> Path:
        """Returns the file of the division of a seed."""
        given = self.pattern.replace("{seed}", str(seed))
        if not Path(given).is_file() and given in presets():
            return PRESETS / f"{given}.keras"
        return Path(given)

    def scorer(self, seed: int = 0) -> keras.Model:
        """Returns the scorer of the division of a seed."""
        return _loaded(str(self.path(seed)))

    def folder(self, seed: int = 0) -> Path | None:
        """Returns where what this scorer says is kept."""
        self.scorer(seed)  # Errors of a missing file are those of loading.
        if self.cache is None:
            return None
        return folder_of(self.path(seed), self.cache)

    def outcomes(self, database, rows, division, *, seed):
        del division
        store = _score_store(self, database, seed)
        ids = database.image_ids[rows]
        left = store.missing(ids)
        if left.any():
            scorer = self.scorer(seed)
            check_references(scorer, None)
            found = assess(
                _readers(database, rows[left]),
                predictor(scorer),
                min_side=metadata(scorer).get("min_side", 1),
            )
            told = _told(found, int(left.sum()), f"{self.name}, {database.name}")
            store.add(ids[left].tolist(), told)
        return store.outcomes(ids)


@dataclasses.dataclass(frozen=True)
class RidgeSubject:
    """Ridge regression on the features of an encoder, or of a scorer."""

    name: str
    path: str
    cache: Path | None = None
    alphas: tuple[float, ...] = ALPHAS
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

    def fitted(self, database: Database, train: np.ndarray, validation: np.ndarray):
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
        return _outcomes(scores, "undecodable")


@dataclasses.dataclass(frozen=True)
class TableSubject:
    """Scores that another tool wrote; pictures it has not are `missing`."""

    name: str
    table: ScoreTable
    trains: bool = False

    def outcomes(self, database, rows, division, *, seed):
        del division, seed
        scores = matched(self.table, database.source.image_ids)[rows]
        return _outcomes(scores, "missing")


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
        path = self.trained(database.name, seed)
        scorer = ScorerSubject(self.name, str(path), self.cache)
        return scorer.outcomes(database, rows, division, seed=seed)

    def trained(self, dataset: str, seed: int) -> Path:
        """Returns the scorer of the division of a seed, trained if need be.

        Raises:
            ValueError: If the training ends with an error.
        """
        folder = self.cache / "runs" / f"{plain(self.name)}-{plain(dataset)}-{seed}"
        record = folder / "run.json"
        if record.exists() and "outcome" in json.loads(record.read_text()):
            return folder / "scorer.keras"
        command = [sys.executable, "-m", "tfiqa.train", f"--method={self.method}"]
        command += [
            f"--dataset={dataset}",
            f"--split_seed={seed}",
            f"--output={folder}",
        ]
        command += [f"--data_dir={self.data_dir}"] if self.data_dir else []
        command += ["--resume", *self.arguments]
        done = subprocess.run(command, stdout=sys.stderr)
        if done.returncode:
            raise ValueError(f"A training ended with {done.returncode}: {command}")
        return folder / "scorer.keras"


def _outcomes(scores: np.ndarray, lost: str) -> Outcomes:
    statuses = tuple(lost if np.isnan(score) else "ok" for score in scores)
    return Outcomes(scores, statuses, np.zeros((len(scores), 2), int))


def describe(
    read: Callable[[np.ndarray], np.ndarray],
    length: int,
    database: Database,
    rows: np.ndarray,
    store: FeatureStore,
    name: str,
) -> None:
    """Adds what `read` says of the pictures of some rows to a store.

    Args:
        read: From a picture to `(length,)`.
        length: Of what it says.
        database: Whose pictures these are.
        rows: Ascending.
        store: A picture that does not decode has NaN there.
        name: Of what is described, for people.
    """
    found: list[np.ndarray] = []

    def predict(picture: np.ndarray) -> float:
        found.append(np.asarray(read(picture), np.float32))
        return 0.0  # Flat pictures have features too.

    block = []
    outcomes = assess(_readers(database, rows), predict)
    ids = database.image_ids[rows].tolist()
    for outcome in _told(outcomes, len(rows), f"features of {name}, {database.name}"):
        there = outcome.status == "ok"
        block.append(found.pop() if there else np.full(length, np.nan, np.float32))
        if len(block) == BLOCK or len(ids) == len(block):
            store.add(ids[: len(block)], np.stack(block))
            ids, block = ids[len(block) :], []


def _readers(database: Database, rows: np.ndarray):
    return ((lambda encoded=encoded: encoded) for encoded in database.encoded(rows))


def _told(found, count: int, name: str) -> Iterator:
    print(f"{name}: {count} pictures to look at", file=sys.stderr, flush=True)
    progress = Progress(count)
    for done, one in enumerate(found, 1):
        yield one
        progress.show(done)


@functools.lru_cache(maxsize=2)
def _loaded(path: str) -> keras.Model:
    return load_scorer(path)


@functools.cache
def _score_store(subject: ScorerSubject, database: Database, seed: int) -> ScoreStore:
    folder = subject.folder(seed)
    return ScoreStore(folder and folder / f"{_key(database)}.csv")


@functools.cache
def _feature_store(subject: RidgeSubject, database: Database) -> FeatureStore:
    if subject.cache is None or not Path(subject.path).is_file():
        return FeatureStore(None)  # Errors of a missing file are those of loading.
    folder = folder_of(Path(subject.path), subject.cache)
    return FeatureStore(folder / f"features-{_key(database)}")


def _key(database: Database) -> str:
    return f"{plain(database.name)}-{database.fingerprint[:12]}"


def folder_of(path: Path, cache: Path) -> Path:
    """Returns where is kept what a model says, whatever it is called."""
    return cache / f"{plain(path.stem)}-{digest(path)}"


def plain(name: str) -> str:
    """Returns a name that a file may have."""
    return "".join(c if c.isalnum() or c in "._-" else "-" for c in name)
