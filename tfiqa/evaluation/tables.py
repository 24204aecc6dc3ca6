"""Protocols on databases: each takes subjects and a database and adds to findings."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Division
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.protocols.per_distortion import per_distortion as by_distortion
from tfiqa.evaluation.results import Compared
from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.results import Significance
from tfiqa.metrics.bootstrap import RESAMPLES
from tfiqa.metrics.comparison import LOGISTICS
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.comparison import compared

RMSE_OF_OTHERS = (
    "The scorer predicts {}, not {}: of the RMSE, only that after the logistic fit "
    "says something."
)


@dataclasses.dataclass(frozen=True)
class Options:
    """What protocols are told.

    Attributes:
        part: `"test"`, `"validation"`, `"train"` or `"all"`.
        split_seed: Of the division into parts.
        seeds: Of repeated divisions.
        labels: Numbers of labels, for label efficiency.
        seed: Of the bootstrap.
        resamples: Of the bootstrap.
        logistics: Parameters of each logistic fit, 4 or 5.
    """

    part: str = "test"
    split_seed: int = 0
    seeds: tuple[int, ...] = tuple(splits.SEEDS)
    labels: tuple[int, ...] = ()
    seed: int = 0
    resamples: int = RESAMPLES
    logistics: tuple[int, ...] = LOGISTICS


def split(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures each subject on one part: the official one where there is one."""
    for subject in measurable(subjects, "split", options, found):
        with found.attempt("split", database.name, subject.name):
            add_part(subject, database, options, found, "split", options.part)
    measured = [s.name for s in subjects if (database.name, s.name) in found.compared]
    for first, second in itertools.combinations(measured, 2):
        with found.attempt("significance", database.name, f"{first} and {second}"):
            found.significance.append(
                significance(found, database.name, first, second, options)
            )


def unsupervised(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures subjects that learn nothing here on all pictures, with the sign."""
    for subject in subjects:
        if subject.trains:
            found.hint(f"unsupervised: {subject.name} learns from scores: left out.")
            continue
        with found.attempt("unsupervised", database.name, subject.name):
            add_part(subject, database, options, found, "unsupervised", "all")


def per_distortion(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures SROCC within each type of distortion of a part."""
    if database.distortions is None:
        found.hint(f"per_distortion: {database.name} tells no types: left out.")
        return
    for subject in measurable(subjects, "per_distortion", options, found):
        with found.attempt("per_distortion", database.name, subject.name):
            _add_types(subject, database, database.distortions, options, found)


def _add_types(subject, database, distortions, options, found) -> None:
    rows = database.parts[options.part]
    outcomes = subject.outcomes(
        database, rows, parts_of(database), seed=options.split_seed
    )
    groups = by_distortion(
        outcomes.scores,
        database.mos[rows],
        distortions[rows],
        seed=options.seed,
        resamples=options.resamples,
    )
    for name, group in groups.items():
        figure = Figure(group.value, group.low, group.high)
        lost = {"not scored": group.missing} if group.missing else {}
        where = "per_distortion", database.name, subject.name, name
        found.rows.append(Row(*where, {"SROCC": figure}, group.scored, lost))


def measurable(
    subjects: Sequence[Subject], protocol: str, options: Options, found: Findings
) -> list[Subject]:
    """Returns the subjects that learn from nothing of the part they are measured on."""
    if options.part == "test":
        return list(subjects)
    for subject in subjects:
        if subject.trains:
            found.hint(
                f"{protocol}: {subject.name} learns from the training part: it is left "
                f"out on {options.part!r}."
            )
    return [subject for subject in subjects if not subject.trains]


def add_part(
    subject: Subject,
    database: Database,
    options: Options,
    found: Findings,
    protocol: str,
    part: str,
) -> None:
    """Adds the row of a subject on a part of a database."""
    rows = database.parts[part]
    outcomes = subject.outcomes(
        database, rows, parts_of(database), seed=options.split_seed
    )
    add(subject, database, rows, outcomes, options, found, protocol, part)


def add(
    subject: Subject,
    database: Database,
    rows: np.ndarray,
    outcomes: Outcomes,
    options: Options,
    found: Findings,
    protocol: str,
    of: str,
) -> None:
    """Adds the row of a subject on some pictures."""
    result = compared(
        database.name,
        database.image_ids[rows].tolist(),
        database.mos[rows],
        outcomes.scores,
        statuses=outcomes.statuses,
        logistics=options.logistics,
        seed=options.seed,
        resamples=options.resamples,
    )
    hints = result.hints()
    if isinstance(subject, ScorerSubject):
        other = subject.other_unit(database, options.split_seed)
        hints += [RMSE_OF_OTHERS.format(other, database.source.unit)] if other else []
    for hint in hints:
        found.hint(f"{protocol}, {database.name}, {subject.name}: {hint}")
    if protocol == "split":
        key = database.name, subject.name
        found.compared[key] = Compared(result, outcomes, rows)
    found.rows.append(
        Row(
            *(protocol, database.name, subject.name, of, result.figures),
            result.scored,
            result.failures,
            seeds=(options.split_seed,),
        )
    )


def significance(
    found: Findings, dataset: str, first: str, second: str, options: Options
) -> Significance:
    """Returns both tests on the pictures that both methods scored."""
    one, other = (found.compared[dataset, name] for name in (first, second))
    mos = one.result.mos.astype("float64")
    (q, r, y), _, _ = metrics.complete(
        first=one.outcomes.scores, second=other.outcomes.scores, mos=mos
    )
    if len(y) < 2:
        raise ValueError(
            f"Two or more pictures that both scored are expected. Received: {len(y)}"
        )
    try:
        residuals = metrics.compare_residuals(q, r, y, parameters=options.logistics[0])
    except ValueError:  # No fit: raw residuals of unlike units do not compare.
        residuals = None
    difference = metrics.compare_srocc(
        q, r, y, seed=options.seed, resamples=options.resamples
    )
    return Significance(dataset, first, second, len(y), residuals, difference)


def parts_of(database: Database) -> Division:
    """Returns training, validation and test rows."""
    train, validation, test = (
        database.parts[name] for name in ("train", "validation", "test")
    )
    return train, validation, test
