"""What the flags of `tfiqa.evaluate` name."""

import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.data.score_table import read_scores
from tfiqa.evaluation.cache import digest
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import SEED
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.predictors import TableSubject
from tfiqa.evaluation.trained_predictors import RidgeSubject
from tfiqa.evaluation.trained_predictors import TrainedSubject
from tfiqa.methods import METHODS
from tfiqa.scoring.references import References
from tfiqa.scoring.scorer import metadata


def subjects_of(
    given: Any, cache: Path | None, databases: Sequence[Database], seeds: Sequence[int]
) -> list[Subject]:
    """Returns what is to be measured, in the order of the flags.

    Args:
        given: The flags.
        cache: Where is kept what is found on the way, if anywhere.
        databases: That subjects are measured on.
        seeds: Of the divisions, that of the one division into parts first.

    Raises:
        FileNotFoundError: If a file is missing: told now, not after hours.
        ValueError: If two have one name, or a file is not what it should be.
    """
    subjects: list[Subject] = []
    references = None if given.reference is None else References(given.reference)
    for text in given.model:
        name, path = named(text)
        scorer = ScorerSubject(name, path, cache, seed=seeds[0], references=references)
        for seed in seeds if SEED in path else seeds[:1]:
            _check_file(scorer.path(seed), "--model", text)
        subjects.append(scorer)
    for text in given.encoder:
        name, path = named(text)
        _check_file(Path(path), "--encoder", text)
        name = name if "=" in text else f"ridge on {name}"
        subjects.append(RidgeSubject(name, path, cache))
    for text in given.method:
        name, _, method = text.rpartition("=")
        subjects.append(trained(name or method, method, (), given, cache))
    for text in given.scores:
        name, path = named(text)
        _check_file(Path(path), "--scores", text)
        options = {"column": given.scores_column, "id_column": given.scores_id}
        table = read_scores(Path(path), **options)
        subjects.append(TableSubject(name, table, tuple(databases)))
    names = [subject.name for subject in subjects]
    if len(set(names)) < len(names):
        raise ValueError(
            f"Different names, NAME=FILE, are expected. Received: {', '.join(names)}"
        )
    return subjects


def _check_file(path: Path, flag: str, text: str) -> None:
    if not path.is_file():
        raise FileNotFoundError(
            f"{flag} [NAME=]FILE of a file that exists is expected. "
            f"Received: {text!r}, and there is no {path!s}"
        )


def trained(
    name: str, method: str, more: tuple[str, ...], given: Any, cache: Path | None
) -> TrainedSubject:
    """Returns a method to be trained.

    Raises:
        ValueError: If it does not exist, or there is no folder for its runs.
    """
    if method not in METHODS:
        raise ValueError(f"One of {sorted(METHODS)} is expected. Received: {method!r}")
    if cache is None:
        raise ValueError(
            "--output or --cache is expected, for what is trained. Received: neither"
        )
    arguments = (*more, *shlex.split(given.train_flags))
    return TrainedSubject(name, method, arguments, cache, given.data_dir)


def named(text: str) -> tuple[str, str]:
    """Returns the name and the file of `[NAME=]FILE`.

    Without a name it is that of the file, or of its folder where the file is called as
    all scorers are.
    """
    name, _, path = text.partition("=")
    if path and not os.path.exists(text) and os.sep not in name:
        return name, path
    path = Path(text)
    generic = path.stem in ("scorer", "encoder") and path.parent.name
    return (path.parent.name if generic else path.stem), text


def described(subject: Subject) -> dict[str, Any]:
    """Returns the facts of a subject, for `results.json`."""
    facts = {"kind": type(subject).__name__, "trains": subject.trains}
    if isinstance(subject, ScorerSubject):
        path = subject.path()
        facts |= {"file": subject.pattern}
        if path.is_file():
            known = metadata(subject.scorer())
            facts |= {"sha256": digest(path), "method": known.get("method")}
    elif isinstance(subject, RidgeSubject):
        facts |= {"file": subject.path, "sha256": digest(subject.path)}
        facts |= {"alphas": list(subject.alphas)}
    elif isinstance(subject, TrainedSubject):
        facts |= {"method": subject.method, "flags": list(subject.arguments)}
    elif isinstance(subject, TableSubject):
        facts |= {"file": str(subject.table.path)}
    return facts
