"""Protocols on databases: each takes subjects and a database and adds to findings."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.findings import Compared
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import Row
from tfiqa.evaluation.findings import Significance
from tfiqa.evaluation.stores import Outcomes
from tfiqa.evaluation.subjects import Division
from tfiqa.evaluation.subjects import Subject
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.comparison import compared
from tfiqa.protocols.per_distortion import per_distortion as by_distortion


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
    """

    part: str = "test"
    split_seed: int = 0
    seeds: tuple[int, ...] = tuple(splits.SEEDS)
    labels: tuple[int, ...] = ()
    seed: int = 0
    resamples: int = 2000


def split(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures each subject on one part: the official one where there is one."""
    rows = database.parts[options.part]
    for subject in subjects:
        if subject.trains and options.part != "test":
            found.hint(
                f"{subject.name} learns from the training part: it is left out on "
                f"{options.part!r}."
            )
            continue
        outcomes = subject.outcomes(
            database, rows, parts_of(database), seed=options.split_seed
        )
        add(subject, database, rows, outcomes, options, found, "split", options.part)
    measured = [s.name for s in subjects if (database.name, s.name) in found.compared]
    for first, second in itertools.combinations(measured, 2):
        found.significance.append(
            significance(found, database.name, first, second, seed=options.seed)
        )


def unsupervised(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures subjects that learn nothing here on all pictures, with the sign."""
    rows = database.parts["all"]
    for subject in subjects:
        if subject.trains:
            found.hint(f"unsupervised: {subject.name} learns from scores: left out.")
            continue
        outcomes = subject.outcomes(
            database, rows, parts_of(database), seed=options.split_seed
        )
        add(subject, database, rows, outcomes, options, found, "unsupervised", "all")


def per_distortion(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures SROCC within each type of distortion of a part."""
    if database.distortions is None:
        found.hint(f"per_distortion: {database.name} tells no types: left out.")
        return
    rows = database.parts[options.part]
    for subject in subjects:
        if subject.trains and options.part != "test":
            continue
        outcomes = subject.outcomes(
            database, rows, parts_of(database), seed=options.split_seed
        )
        groups = by_distortion(
            outcomes.scores,
            database.mos[rows],
            database.distortions[rows],
            seed=options.seed,
            resamples=options.resamples,
        )
        for name, group in groups.items():
            figure = Figure(group.value, group.low, group.high)
            lost = {"not scored": group.missing} if group.missing else {}
            found.rows.append(
                Row(
                    *("per_distortion", database.name, subject.name, name),
                    {"SROCC": figure},
                    group.scored,
                    lost,
                )
            )


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
        seed=options.seed,
        resamples=options.resamples,
    )
    for hint in result.hints():
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
    found: Findings, dataset: str, first: str, second: str, *, seed: int
) -> Significance:
    """Returns both tests on the pictures that both methods scored."""
    one, other = (found.compared[dataset, name] for name in (first, second))
    mos = one.result.mos.astype("float64")
    (q, r, y), _, _ = metrics.complete(
        first=one.outcomes.scores, second=other.outcomes.scores, mos=mos
    )
    try:
        residuals = metrics.compare_residuals(q, r, y)
    except ValueError:  # No fit: raw residuals of unlike units do not compare.
        residuals = None
    difference = metrics.compare_srocc(q, r, y, seed=seed)
    return Significance(dataset, first, second, len(y), residuals, difference)


def parts_of(database: Database) -> Division:
    """Returns training, validation and test rows."""
    train, validation, test = (
        database.parts[name] for name in ("train", "validation", "test")
    )
    return train, validation, test
