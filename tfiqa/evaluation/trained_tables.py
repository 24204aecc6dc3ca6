"""Protocols that train: repeats, label efficiency and training on other databases."""

import itertools
from collections.abc import Sequence

import numpy as np

from tfiqa.data import splits
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.protocols.label_efficiency import label_efficiency
from tfiqa.evaluation.protocols.repeats import Repeats
from tfiqa.evaluation.protocols.repeats import content_divisions
from tfiqa.evaluation.protocols.repeats import repeated
from tfiqa.evaluation.results import RANGE
from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.tables import add
from tfiqa.evaluation.tables import parts_of
from tfiqa.evaluation.trained_predictors import RidgeSubject
from tfiqa.evaluation.trained_predictors import TrainedSubject
from tfiqa.metrics.comparison import Figure
from tfiqa.scoring.scorer import metadata


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
        where = protocol, database.name, subject.name
        done, failures = _repeated(subject, database, chosen, options, found, where)
        if not done.repeats:
            continue
        for hint in done.hints():
            found.hint(f"{', '.join(where)}: {hint}")
        spreads = {name: done.spread(name) for name in done.repeats[0].figures}
        found.rows.append(
            Row(
                *(*where, f"median of {len(done.repeats)}"),
                {k: Figure(s.median, s.low, s.high) for k, s in spreads.items()},
                sum(one.scored for one in done.repeats),
                failures,
                RANGE,
                tuple(one.seed for one in done.repeats),
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
        with found.attempt("label_efficiency", database.name, subject.name):
            _add_curve(subject, database, counts, options, found)


def _add_curve(
    subject: RidgeSubject,
    database: Database,
    counts: tuple[int, ...],
    options: Options,
    found: Findings,
) -> None:
    def fit(train, validation):
        predict = subject.fitted(database, train, validation)
        return lambda rows: predict(database, rows).scores

    seeds = options.seeds
    curve = label_efficiency(
        fit, database.mos, database.references, counts=counts, seeds=seeds
    )
    methods = found.curves.setdefault(database.name, {})
    methods[subject.name] = np.array(curve.counts), curve.sroccs
    columns = curve.counts, curve.sroccs, curve.scored, curve.missing
    for count, sroccs, scored, missing in zip(*columns, strict=True):
        ends = float(np.median(sroccs)), float(sroccs.min()), float(sroccs.max())
        found.rows.append(
            Row(
                *("label_efficiency", database.name, subject.name),
                f"{count} labels",
                {"SROCC": Figure(*ends)},
                int(scored.sum()),
                {"not scored": int(missing.sum())} if missing.sum() else {},
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

    An encoder gets a ridge regression on each database in turn, and a method is trained
    on each. A scorer is measured on all but the one it was trained on, which it tells.
    """
    for subject in subjects:
        if isinstance(subject, RidgeSubject | TrainedSubject):
            for trained, tested in itertools.permutations(databases, 2):
                with found.attempt(*_where(subject, trained.name, tested)):
                    outcomes = _outcomes(subject, trained, tested, options)
                    told = f"trained on {trained.name}"
                    _crossed(subject, told, tested, outcomes, options, found)
        elif isinstance(subject, ScorerSubject):
            with found.attempt("cross_database", subject.name):
                _cross_scorer(subject, databases, options, found)
        else:
            found.hint(f"cross_database: {subject.name} learns nothing: left out.")


def _where(subject: Subject, trained: str, tested: Database) -> tuple[str, ...]:
    return "cross_database", f"{trained} to {tested.name}", subject.name


def _outcomes(
    subject: RidgeSubject | TrainedSubject,
    trained: Database,
    tested: Database,
    options: Options,
) -> Outcomes:
    """Returns what comes of all pictures of one database after training on another."""
    rows, seed = tested.parts["all"], options.split_seed
    if isinstance(subject, TrainedSubject):
        scorer = subject.scorer(trained, seed, of_all=True)
        return scorer.outcomes(tested, rows, parts_of(tested), seed=seed)
    parts = splits.two_way(trained.references, seed=seed)
    return subject.fitted(trained, *parts)(tested, rows)


def _cross_scorer(subject: ScorerSubject, databases, options, found) -> None:
    facts = metadata(subject.scorer(options.split_seed))
    origin = str(facts.get("dataset"))
    of_all = facts.get("learned_from") == "all"
    told = f"trained on {origin}" if of_all else f"learned from {origin}"
    if not of_all:
        found.hint(
            f"cross_database: {subject.name} learned from {origin}, or from a part of "
            "it; --method trains on all of a database."
        )
    for tested in (one for one in databases if one.name != origin):
        with found.attempt(*_where(subject, origin, tested)):
            outcomes = subject.outcomes(
                *(tested, tested.parts["all"], parts_of(tested)),
                seed=options.split_seed,
            )
            _crossed(subject, told, tested, outcomes, options, found)


def _repeated(
    subject, database, divisions, options, found, where
) -> tuple[Repeats, dict[str, int]]:
    done, failures = [], {}
    for seed, division in divisions.items():
        with found.attempt(*where, f"division {seed}"):
            outcomes = subject.outcomes(database, division[2], division, seed=seed)
            one = repeated(
                lambda *_, scores=outcomes.scores: lambda rows: scores,
                database.mos,
                {seed: division},
                logistics=options.logistics,
            )
            done += one.repeats
            for status, count in outcomes.failures.items():
                failures[status] = failures.get(status, 0) + count
    return Repeats(tuple(done)), failures


def _crossed(subject, told: str, tested, outcomes, options, found) -> None:
    rows = tested.parts["all"]
    add(subject, tested, rows, outcomes, options, found, "cross_database", told)
