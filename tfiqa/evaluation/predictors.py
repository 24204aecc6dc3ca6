"""Predictors of quality: anything that scores the images of a database.

A scorer is a file; `{seed}` in its name stands for the seed of a division if each
division has its own scorer. Scores of another tool come from a table. Predictors that
learn are in `trained_predictors`.
"""

import contextlib
import dataclasses
import functools
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Protocol

import keras
import numpy as np

from tfiqa.data.score_table import ScoreTable
from tfiqa.data.score_table import known
from tfiqa.data.score_table import matched
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.cache import ScoreStore
from tfiqa.evaluation.cache import digest
from tfiqa.evaluation.cache import digest_images
from tfiqa.evaluation.cache import model_folder
from tfiqa.evaluation.cache import with_progress
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.divisions import Division
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.references import References
from tfiqa.scoring.references import assess_pairs
from tfiqa.scoring.references import check_references
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import file_of

SEED = "{seed}"


class Predictor(Protocol):
    """An object with a name that scores images."""

    @property
    def name(self) -> str:
        """Name for tables."""
        ...

    @property
    def trains(self) -> bool:
        """Whether scores depend on the rows it may learn from."""
        ...

    def outcomes(
        self, database: Database, rows: np.ndarray, division: Division, *, seed: int
    ) -> Outcomes:
        """Returns the scores of images.

        Args:
            database: Database of the images.
            rows: Rows of the images, ascending, `(n,)`.
            division: Training and validation rows, which may be learned from, and test
                rows, which may not.
            seed: Seed of the division.
        """
        ...

    def facts(self) -> dict[str, Any]:
        """Returns a description of the predictor, for `results.json`."""
        ...


@dataclasses.dataclass(frozen=True)
class ScorerPredictor:
    """A scorer, or one for each division.

    Attributes:
        name: Name for tables.
        pattern: The file or the preset; `{seed}` stands for the seed of a division.
        cache: Folder of stored scores; `None` for memory only.
        seed: Seed of the division whose scorer is used by default.
        references: Reference images, for a scorer that compares with them.
        model: The loaded scorer, instead of a file; its scores stay in memory.
    """

    name: str
    pattern: str
    cache: Path | None = None
    seed: int = 0
    references: References | None = None
    model: keras.Model | None = None
    trains: bool = False
    _stores: dict[tuple[str, int], ScoreStore] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def of_each_division(self) -> bool:
        """Whether there is one scorer for each division."""
        return SEED in self.pattern

    def path(self, seed: int | None = None) -> Path:
        """Returns the file for the seed of a division, by default `self.seed`."""
        name = self.pattern.replace(SEED, str(self.seed if seed is None else seed))
        return file_of(name)

    def scorer(self, seed: int | None = None) -> keras.Model:
        """Returns the scorer for the seed of a division."""
        if self.model is not None:
            return self.model
        path = self.path(seed)
        changed = path.stat().st_mtime_ns if path.is_file() else 0
        return _load(str(path), changed)

    def folder(self, seed: int | None = None) -> Path | None:
        """Returns the folder of the scores of this scorer, `None` without a cache."""
        self.scorer(seed)  # A missing file raises the errors of loading.
        if self.cache is None or self.model is not None:
            return None
        folder = model_folder(self.cache, self.path(seed))
        if self.references is None:
            return folder
        return folder / f"references-{digest_images(self.references.path)}"

    def other_unit(self, database: Database, seed: int) -> str | None:
        """Returns the unit of the scorer, `None` if the database has the same."""
        facts, source = metadata(self.scorer(seed), "mos_range"), database.source
        scale = facts.get("unit", "MOS"), tuple(facts["mos_range"])
        if source.mos_range is None or scale == (source.unit, source.mos_range):
            return None
        worst, best = scale[1]
        return f"{scale[0]} of {facts.get('dataset')} ({worst:g} to {best:g})"

    def outcomes(self, database, rows, division, *, seed):
        del division
        store = self._store(database, seed)
        ids = database.image_ids[rows]
        missing = store.missing(ids)
        if missing.any():
            assessments = with_progress(
                self._assessments(database, rows[missing], seed),
                int(missing.sum()),
                f"{self.name}, {database.name}",
            )
            store.add(ids[missing].tolist(), assessments)
        return store.outcomes(ids)

    def facts(self) -> dict[str, Any]:
        facts = {"kind": "ScorerSubject", "trains": self.trains, "file": self.pattern}
        if self.model is not None:
            return facts | {"method": metadata(self.model).get("method")}
        path = self.path()
        if path.is_file():
            facts["sha256"] = digest(path)
            # A file that cannot be loaded is reported by each protocol instead.
            with contextlib.suppress(OSError, TypeError, ValueError):
                facts["method"] = metadata(self.scorer()).get("method")
        return facts

    def _store(self, database: Database, seed: int) -> ScoreStore:
        key = database.key, seed
        if key not in self._stores:
            folder = self.folder(seed)
            self._stores[key] = ScoreStore(folder and folder / f"{database.key}.csv")
        return self._stores[key]

    def _assessments(
        self, database: Database, rows: np.ndarray, seed: int
    ) -> Iterator[Assessment]:
        scorer = self.scorer(seed)
        check_references(scorer, self.references)
        images = database.readers(rows)
        min_side = metadata(scorer).get("min_side", 1)
        if self.references is None:
            return assess(images, predictor(scorer), min_side=min_side)
        pairs = zip(database.references[rows].tolist(), images, strict=True)
        return assess_pairs(pairs, scorer, self.references, min_side=min_side)


@dataclasses.dataclass(frozen=True)
class TablePredictor:
    """Scores that another tool wrote; images without a row are `missing`.

    The table may name images of any of `databases`.
    """

    name: str
    table: ScoreTable
    databases: tuple[Database, ...] = ()
    trains: bool = False

    def outcomes(self, database, rows, division, *, seed):
        del division, seed
        others = [other for other in self.databases if other is not database]
        scores = matched(
            self.table,
            database.source.image_ids,
            others=(name for other in others for name in other.source.image_ids),
        )
        return score_outcomes(scores[rows], "missing")

    def has(self, database: Database) -> bool:
        """Returns whether the table has an image of a database."""
        return self.names(database.source.image_ids)

    def names(self, image_ids: Iterable[str]) -> bool:
        """Returns whether the table has one of some images."""
        return known(self.table, image_ids) > 0

    def scores_of(self, image_ids: Sequence[str], others: Iterable[str]) -> np.ndarray:
        """Returns the scores of images that are in no database, NaN where missing.

        Args:
            image_ids: Names of the images, each one once.
            others: Names of further images that the table may contain.

        Raises:
            ValueError: If the table has other images than these and those of the
                databases, or an image twice.
        """
        known_too = (name for one in self.databases for name in one.source.image_ids)
        return matched(self.table, image_ids, others=itertools.chain(others, known_too))

    def facts(self) -> dict[str, Any]:
        file = str(self.table.path)
        return {"kind": "TableSubject", "trains": self.trains, "file": file}


def score_outcomes(scores: np.ndarray, missing: str) -> Outcomes:
    """Returns outcomes of images of which only scores are known.

    Args:
        scores: `(n,)`, NaN where missing.
        missing: Status of images without a score.
    """
    statuses = tuple(missing if np.isnan(score) else "ok" for score in scores)
    return Outcomes(scores, statuses, np.zeros((len(scores), 2), int))


@functools.lru_cache(maxsize=2)
def _load(path: str, changed: int) -> keras.Model:
    del changed  # Modification time of the file: a changed file is loaded again.
    return load_scorer(path)
