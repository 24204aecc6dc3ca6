"""Protocols on databases: each takes subjects and a database and adds to findings."""

import dataclasses
import itertools
from collections.abc import Sequence

import numpy as np

from tfiqa import metrics
from tfiqa.data import splits
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.findings import RANGE
from tfiqa.evaluation.findings import Compared
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import Row
from tfiqa.evaluation.findings import Significance
from tfiqa.evaluation.stores import Outcomes
from tfiqa.evaluation.subjects import Division
from tfiqa.evaluation.subjects import RidgeSubject
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.subjects import TrainedSubject
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.comparison import compared
from tfiqa.protocols.label_efficiency import label_efficiency
from tfiqa.protocols.per_distortion import per_distortion as by_distortion
from tfiqa.protocols.repeats import Repeats
from tfiqa.protocols.repeats import content_divisions
from tfiqa.protocols.repeats import repeated
from tfiqa.scorer import metadata


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


def repeats(
    subjects: Sequence[Subject],
    database: Database,
    options: Options,
    found: Findings,
    *,
    protocol: str = "repeats",
) -> None:
    """Trains and tests on divisions by content; medians, and ranges over divisions."""
    divisions = content_divisions(database.references, seeds=options.seeds)
    for subject in subjects:
        chosen = divisions
        if isinstance(subject, TrainedSubject) and database.official:
            found.hint(
                f"{protocol}: {subject.name} is trained and tested on the official "
                f"parts of {database.name} in every repeat."
            )
            chosen = {seed: parts_of(database) for seed in options.seeds}
        elif not subject.trains and "{seed}" not in getattr(subject, "pattern", ""):
            found.hint(
                f"{protocol}: {subject.name} is one scorer for all divisions, which "
                "says something only where it learned from none of their pictures."
            )
        done, failures = _repeated(subject, database, chosen)
        names = done.repeats[0].figures
        spreads = {name: done.spread(name) for name in names}
        found.rows.append(
            Row(
                *(protocol, database.name, subject.name),
                f"median of {len(chosen)}",
                {k: Figure(s.median, s.low, s.high) for k, s in spreads.items()},
                sum(one.scored for one in done.repeats),
                failures,
                RANGE,
                tuple(chosen),
            )
        )


def label_efficiency_of(
    subjects: Sequence[Subject], database: Database, options: Options, found: Findings
) -> None:
    """Measures SROCC against the number of labels, of ridge regressions."""
    most = int(0.75 * len(database.mos))
    counts = options.labels or tuple(
        count for count in (25, 50, 100, 200, 400, 800, 1600, 3200) if count <= most
    )
    for subject in subjects:
        if not isinstance(subject, RidgeSubject):
            found.hint(f"label_efficiency: {subject.name} is no --encoder: left out.")
            continue

        def fit(train, validation, subject=subject):
            predict = subject.fitted(database, train, validation)
            return lambda rows: predict(database, rows).scores

        curve = label_efficiency(
            fit,
            database.mos,
            database.references,
            counts=counts,
            seeds=options.seeds,
        )
        methods = found.curves.setdefault(database.name, {})
        methods[subject.name] = np.array(curve.counts), curve.sroccs
        for count, sroccs, missing in zip(
            curve.counts, curve.sroccs, curve.missing, strict=True
        ):
            ends = float(np.median(sroccs)), float(sroccs.min()), float(sroccs.max())
            lost = {"not scored": int(missing.sum())} if missing.sum() else {}
            found.rows.append(
                Row(
                    *("label_efficiency", database.name, subject.name),
                    f"{count} labels",
                    {"SROCC": Figure(*ends)},
                    len(database.mos),
                    lost,
                    RANGE,
                    curve.seeds,
                )
            )


def cross_database(
    subjects: Sequence[Subject],
    databases: Sequence[Database],
    options: Options,
    found: Findings,
) -> None:
    """Trains on all of one database and tests on all of another.

    An encoder gets a ridge regression on each database in turn; a scorer is measured on
    all but the one it was trained on, which it tells.
    """
    for subject in subjects:
        if isinstance(subject, RidgeSubject):
            for trained, tested in itertools.permutations(databases, 2):
                parts = splits.two_way(trained.references, seed=options.split_seed)
                outcomes = subject.fitted(trained, *parts)(tested, tested.parts["all"])
                _crossed(subject, trained.name, tested, outcomes, options, found)
        elif isinstance(subject, ScorerSubject):
            origin = str(metadata(subject.scorer(options.split_seed)).get("dataset"))
            for tested in (one for one in databases if one.name != origin):
                rows = tested.parts["all"]
                outcomes = subject.outcomes(
                    tested, rows, parts_of(tested), seed=options.split_seed
                )
                _crossed(subject, origin, tested, outcomes, options, found)
        else:
            found.hint(f"cross_database: {subject.name} is no scorer or encoder.")


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


def _repeated(subject, database, divisions) -> tuple[Repeats, dict[str, int]]:
    found, failures = [], {}
    for seed, division in divisions.items():
        outcomes = subject.outcomes(database, division[2], division, seed=seed)
        for status, count in outcomes.failures.items():
            failures[status] = failures.get(status, 0) + count
        one = repeated(
            lambda *_, scores=outcomes.scores: lambda rows: scores,
            database.mos,
            {seed: division},
        )
        found += one.repeats
    return Repeats(tuple(found)), failures


def _crossed(subject, trained: str, tested, outcomes, options, found) -> None:
    of = f"trained on {trained}"
    rows = tested.parts["all"]
    add(subject, tested, rows, outcomes, options, found, "cross_database", of)
