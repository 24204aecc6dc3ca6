"""What is evaluated: whatever gives scores of the pictures of a database.

A scorer is a file; `{seed}` in its name stands for the seed of a division, where there
is one scorer for each. Scores of another tool come from a table. What learns is in
`learners`.
"""

import dataclasses
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import keras
import numpy as np

from tfiqa.data.score_table import ScoreTable
from tfiqa.data.score_table import known
from tfiqa.data.score_table import matched
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.cache import ScoreStore
from tfiqa.evaluation.cache import digest_of
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.inference import folder_of
from tfiqa.evaluation.inference import key_of
from tfiqa.evaluation.inference import readers
from tfiqa.evaluation.inference import told
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.references import References
from tfiqa.scoring.references import assess_pairs
from tfiqa.scoring.references import check_references
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import PRESETS
from tfiqa.scoring.shipped import list_presets

SEED = "{seed}"
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
    seed: int = 0
    references: References | None = None

    def path(self, seed: int | None = None) -> Path:
        """Returns the file of the division of a seed, its own if none is given."""
        given = self.pattern.replace(SEED, str(self.seed if seed is None else seed))
        if not Path(given).is_file() and given in list_presets():
            return PRESETS / f"{given}.keras"
        return Path(given)

    def scorer(self, seed: int | None = None) -> keras.Model:
        """Returns the scorer of the division of a seed."""
        return _loaded(str(self.path(seed)))

    def folder(self, seed: int | None = None) -> Path | None:
        """Returns where what this scorer says is kept."""
        self.scorer(seed)  # Errors of a missing file are those of loading.
        if self.cache is None:
            return None
        folder = folder_of(self.path(seed), self.cache)
        if self.references is None:
            return folder
        return folder / f"references-{digest_of(self.references.path)}"

    def other_unit(self, database: Database, seed: int) -> str | None:
        """Returns what the scorer predicts, `None` if that is what the database has."""
        facts, source = metadata(self.scorer(seed)), database.source
        scale = facts.get("unit", "MOS"), tuple(facts["mos_range"])
        if source.mos_range is None or scale == (source.unit, source.mos_range):
            return None
        worst, best = scale[1]
        return f"{scale[0]} of {facts.get('dataset')} ({worst:g} to {best:g})"

    def outcomes(self, database, rows, division, *, seed):
        del division
        store = _score_store(self, database, seed)
        ids = database.image_ids[rows]
        left = store.missing(ids)
        if left.any():
            found = self._assessed(database, rows[left], seed)
            found = told(found, int(left.sum()), f"{self.name}, {database.name}")
            store.add(ids[left].tolist(), found)
        return store.outcomes(ids)

    def _assessed(
        self, database: Database, rows: np.ndarray, seed: int
    ) -> Iterator[Assessment]:
        scorer = self.scorer(seed)
        check_references(scorer, self.references)
        pictures = readers(database, rows)
        min_side = metadata(scorer).get("min_side", 1)
        if self.references is None:
            return assess(pictures, predictor(scorer), min_side=min_side)
        pairs = zip(database.references[rows].tolist(), pictures, strict=True)
        return assess_pairs(pairs, scorer, self.references, min_side=min_side)


@dataclasses.dataclass(frozen=True)
class TableSubject:
    """Scores that another tool wrote; pictures it has not are `missing`.

    The table may have pictures of any of `databases`.
    """

    name: str
    table: ScoreTable
    databases: tuple[Database, ...] = ()
    trains: bool = False

    def outcomes(self, database, rows, division, *, seed):
        del division, seed
        others = [one for one in self.databases if one is not database]
        scores = matched(
            self.table,
            database.source.image_ids,
            others=(name for one in others for name in one.source.image_ids),
        )
        return outcomes_of(scores[rows], "missing")

    def has(self, database: Database) -> bool:
        """Returns whether the table has a picture of a database."""
        return known(self.table, database.source.image_ids) > 0


def outcomes_of(scores: np.ndarray, lost: str) -> Outcomes:
    """Returns outcomes of pictures of which only scores are known, NaN for `lost`."""
    statuses = tuple(lost if np.isnan(score) else "ok" for score in scores)
    return Outcomes(scores, statuses, np.zeros((len(scores), 2), int))


@functools.lru_cache(maxsize=2)
def _loaded(path: str) -> keras.Model:
    return load_scorer(path)


@functools.cache
def _score_store(subject: ScorerSubject, database: Database, seed: int) -> ScoreStore:
    folder = subject.folder(seed)
    return ScoreStore(folder and folder / f"{key_of(database)}.csv")
