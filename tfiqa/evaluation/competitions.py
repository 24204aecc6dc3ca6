"""D-, L- and P-test and gMAD, as rows of findings."""

import functools
from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import Row
from tfiqa.evaluation.material import Material
from tfiqa.evaluation.material import measured
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.tables import parts_of
from tfiqa.protocols import waterloo_material as material
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.gmad import gmad

NAN = float("nan")
# From a row of a pool to its picture, uint8 `(height, width, 3)`, and what it is.
Show = Callable[[int], tuple[np.ndarray, str]]


def waterloo(subjects: Sequence[Subject], pool: Material, found: Findings) -> None:
    """Adds the D-, L- and P-test of each scorer."""
    scorers = _scorers(subjects, "waterloo", found)
    values, kept, lost = measured(scorers, pool)
    full_reference = {name: values[name] for name in material.FULL_REFERENCE}
    for subject in scorers:
        d, lists, p = material.all_tests(values[subject.name], full_reference)
        figures = {
            "D": d.value,
            "L (SROCC)": lists.value,
            "L (KROCC)": lists.kendall,
            "P": p.value,
        }
        versions = d.missing
        failures = {"pictures": lost} if lost else {}
        failures |= {"versions": versions} if versions else {}
        found.rows.append(
            Row(
                *("waterloo", pool.name, subject.name, f"{len(kept)} pristine"),
                {name: Figure(value, NAN, NAN) for name, value in figures.items()},
                p.scored,
                failures,
                f"no interval; P-test of {p.pairs:,} pairs by MS-SSIM and GMSD alone",
            )
        )
        for name, value in lists.by_type.items():
            found.rows.append(
                Row(
                    *("waterloo, L-test by type", pool.name, subject.name, name),
                    {"L (SROCC)": Figure(value, NAN, NAN)},
                    len(kept),
                    interval="no interval",
                )
            )


def gmad_on_material(
    subjects: Sequence[Subject], pool: Material, found: Findings, *, levels: int
) -> dict[tuple[str, str, str], Show]:
    """Adds the competition of each two scorers; returns how to see its pictures."""
    scorers = _scorers(subjects, "gmad", found)
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
    scores = {
        subject.name: subject.outcomes(database, rows, division, seed=seed).scores
        for subject in subjects
        if options.part == "test" or not subject.trains
    }

    def show(row: int) -> tuple[np.ndarray, str]:
        encoded = next(database.encoded(rows[row : row + 1]))
        return decode(encoded), str(database.image_ids[rows[row]])

    return _compete(scores, database.name, found, levels, show)


def _compete(scores, pool: str, found: Findings, levels: int, show: Show):
    shows = {}
    names = list(scores)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            key = pool, first, second
            competition = gmad(scores[first], scores[second], levels=levels)
            found.competitions[key], shows[key] = competition, show
            for role, defender, attacker in (
                ("first_defends", first, second),
                ("second_defends", second, first),
            ):
                gaps = [pair.gap for pair in getattr(competition, role)]
                figures = {
                    "mean gap": Figure(float(np.mean(gaps)), NAN, NAN),
                    "largest gap": Figure(float(np.max(gaps)), NAN, NAN),
                }
                lost = competition.missing
                found.rows.append(
                    Row(
                        *("gmad", pool, f"{attacker} attacks {defender}"),
                        f"{levels} levels",
                        figures,
                        competition.scored,
                        {"not scored": lost} if lost else {},
                        "gaps in standard deviations of the attacker, no interval",
                    )
                )
    if len(names) < 2:
        found.hint("gmad: two or more scorers are needed.")
    return shows


def _scorers(subjects, protocol: str, found: Findings) -> list[ScorerSubject]:
    for subject in subjects:
        if not isinstance(subject, ScorerSubject):
            found.hint(f"{protocol}: {subject.name} is no scorer: left out.")
    return [one for one in subjects if isinstance(one, ScorerSubject)]
