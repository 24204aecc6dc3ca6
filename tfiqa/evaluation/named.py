"""What the flags of `tfiqa.evaluate` name."""

import os
import shlex
from pathlib import Path
from typing import Any

from tfiqa.data.score_table import read_scores
from tfiqa.evaluation.learners import RidgeSubject
from tfiqa.evaluation.learners import TrainedSubject
from tfiqa.evaluation.stores import digest
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.subjects import TableSubject
from tfiqa.methods import METHODS
from tfiqa.scorer import metadata


def subjects_of(given: Any, cache: Path | None) -> list[Subject]:
    """Returns what is to be measured, in the order of the flags."""
    subjects: list[Subject] = []
    for text in given.model:
        name, path = named(text)
        scorer = ScorerSubject(name, path, cache)
        scorer.path(0).stat()  # What is missing is told now, not after hours.
        subjects.append(scorer)
    for text in given.encoder:
        name, path = named(text)
        Path(path).stat()
        name = name if "=" in text else f"ridge on {name}"
        subjects.append(RidgeSubject(name, path, cache))
    for text in given.method:
        name, _, method = text.rpartition("=")
        subjects.append(trained(name or method, method, (), given, cache))
    for text in given.scores:
        name, path = named(text)
        options = {"column": given.scores_column, "id_column": given.scores_id}
        subjects.append(TableSubject(name, read_scores(Path(path), **options)))
    names = [subject.name for subject in subjects]
    if len(set(names)) < len(names):
        raise ValueError(
            f"Different names, NAME=FILE, are expected. Received: {', '.join(names)}"
        )
    return subjects


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
        raise ValueError("--output or --cache is expected, for what is trained.")
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
        path = subject.path(0)
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
