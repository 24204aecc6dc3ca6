"""Protocols that train: repeats, label efficiency and training on other databases."""

import itertools
from collections.abc import Sequence

import numpy as np

from tfiqa.data import splits
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.findings import RANGE
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import Row
from tfiqa.evaluation.learners import RidgeSubject
from tfiqa.evaluation.learners import TrainedSubject
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.tables import add
from tfiqa.evaluation.tables import parts_of
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.label_efficiency import label_efficiency
from tfiqa.protocols.repeats import Repeats
from tfiqa.protocols.repeats import content_divisions
from tfiqa.protocols.repeats import repeated
from tfiqa.scorer import metadata


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
