"""D-, L- and P-test and gMAD, as rows of findings."""

import functools
import itertools
from collections.abc import Callable
from collections.abc import Sequence
from collections.abc import Sized

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.distorted_pool import Material
from tfiqa.evaluation.distorted_pool import measured
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.protocols import waterloo as material
from tfiqa.evaluation.protocols.gmad import gmad
from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.tables import measurable
from tfiqa.evaluation.tables import parts_of
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.discriminability import DTest
from tfiqa.metrics.listwise import LTest
from tfiqa.metrics.pairwise import PTest

NAN = float("nan")
# From a row of a pool to its picture, uint8 `(height, width, 3)`, and what it is.
Show = Callable[[int], tuple[np.ndarray, str]]


def waterloo(subjects: Sequence[Subject], pool: Material, found: Findings) -> None:
    """Adds the D-, L- and P-test of each scorer."""
    scorers = _scorers(subjects, "waterloo", found)
    if not scorers:
        return
    values, kept, lost = measured(scorers, pool)
    full_reference = {name: values[name] for name in material.FULL_REFERENCE}
    for subject in scorers:
        with found.attempt("waterloo", pool.name, subject.name):
            tests = material.all_tests(values[subject.name], full_reference)
            _add_tests(tests, subject.name, pool.name, (len(kept), lost), found)


def _add_tests(
    tests: tuple[DTest, LTest, PTest],
    subject: str,
    pool: str,
    pictures: tuple[int, int],
    found: Findings,
) -> None:
    """Adds a row of all tests, and one of the L-test for each type of distortion.

    `pictures` are how many were measured, and how many were not.
    """
    d, lists, p = tests
    kept, lost = pictures
    failures = {"pictures": lost, "versions": d.missing, "lists": lists.missing}
    figures = {"D": d.value, "L (SROCC)": lists.value}
    figures |= {"L (KROCC)": lists.kendall, "P": p.value}
    found.rows.append(
        Row(
            *("waterloo", pool, subject, f"{kept} pristine"),
            {name: Figure(value, NAN, NAN) for name, value in figures.items()},
            p.scored,
            {kind: count for kind, count in failures.items() if count},
            f"no interval; P-test of {p.pairs:,} pairs by MS-SSIM and GMSD alone",
        )
    )
    if lists.missing:
        found.hint(
            f"waterloo, {pool}, {subject}: L-test of {lists.lists} lists; "
            f"{lists.missing} more lack the score of a level."
        )
    for name, value in lists.by_type.items():
        missing = lists.missing_by_type[name]
        found.rows.append(
            Row(
                *("waterloo, L-test by type", pool, subject, name),
                {"L (SROCC)": Figure(value, NAN, NAN)},
                kept - missing,
                {"lists": missing} if missing else {},
                "no interval, n lists",
            )
        )


def gmad_on_material(
    subjects: Sequence[Subject], pool: Material, found: Findings, *, levels: int
) -> dict[tuple[str, str, str], Show]:
    """Adds the competition of each two scorers; returns how to see its pictures."""
    scorers = _scorers(subjects, "gmad", found)
    if not _enough(scorers, found):
        return {}
    values, kept, _ = measured(scorers, pool)
    scores = {subject.name: values[subject.name].pool() for subject in scorers}
    return _compete(
        scores, pool.name, found, levels, functools.partial(pool.show, kept)
    )


def gmad_on_database(
    subjects: Sequence[Subject],
    database: Database,
    options: Options,
    found: Findings,
    *,
    levels: int,
) -> dict[tuple[str, str, str], Show]:
    """Does the same among the pictures of a part of a database."""
    rows = database.parts[options.part]
    division, seed = parts_of(database), options.split_seed
    scores = {}
    for subject in measurable(subjects, "gmad", options, found):
        with found.attempt("gmad", database.name, subject.name):
            outcomes = subject.outcomes(database, rows, division, seed=seed)
            scores[subject.name] = outcomes.scores
    if not _enough(scores, found):
        return {}

    def show(row: int) -> tuple[np.ndarray, str]:
        encoded = next(database.encoded(rows[row : row + 1]))
        return decode(encoded), str(database.image_ids[rows[row]])

    return _compete(scores, database.name, found, levels, show)


def _compete(scores, pool: str, found: Findings, levels: int, show: Show):
    shows = {}
    for first, second in itertools.combinations(scores, 2):
        with found.attempt("gmad", pool, f"{first} and {second}"):
            key = pool, first, second
            competition = gmad(scores[first], scores[second], levels=levels)
            found.competitions[key], shows[key] = competition, show
            _add_role(key, f"{second} attacks {first}", "first_defends", found)
            _add_role(key, f"{first} attacks {second}", "second_defends", found)
    return shows


def _add_role(key: tuple[str, str, str], told: str, role: str, found: Findings) -> None:
    """Adds the row of one scorer attacking another."""
    competition = found.competitions[key]
    gaps = [pair.gap for pair in getattr(competition, role)]
    figures = {"mean gap": np.mean(gaps), "largest gap": np.max(gaps)}
    lost = competition.missing
    found.rows.append(
        Row(
            *("gmad", key[0], told, f"{len(gaps)} levels"),
            {name: Figure(float(gap), NAN, NAN) for name, gap in figures.items()},
            competition.scored,
            {"not scored": lost} if lost else {},
            "gaps in standard deviations of the attacker, no interval",
        )
    )


def _enough(scorers: Sized, found: Findings) -> bool:
    if len(scorers) < 2:
        found.hint("gmad: two or more scorers are needed.")
    return len(scorers) >= 2


def _scorers(subjects, protocol: str, found: Findings) -> list[ScorerSubject]:
    for subject in subjects:
        if not isinstance(subject, ScorerSubject):
            found.hint(f"{protocol}: {subject.name} is no scorer: left out.")
    return [one for one in subjects if isinstance(one, ScorerSubject)]
