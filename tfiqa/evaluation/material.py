"""D-, L- and P-test, and gMAD, on versions of pristine pictures.

What measures say of the versions of a picture is kept as soon as the picture is done,
one line of JSON each. Pictures that do not decode or are too small are counted.
"""

import dataclasses
import functools
import hashlib
import json
import sys
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.findings import Findings
from tfiqa.evaluation.findings import Row
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.evaluation.subjects import Subject
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.tables import parts_of
from tfiqa.progress import Progress
from tfiqa.protocols import waterloo_material as material
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.gmad import gmad
from tfiqa.protocols.waterloo_material import OnMaterial
from tfiqa.scorer import predictor

NAN = float("nan")
# From a row of a pool to its picture, uint8 `(height, width, 3)`, and what it is.
Show = Callable[[int], tuple[np.ndarray, str]]


@dataclasses.dataclass(frozen=True)
class Material:
    """Pristine pictures, of which versions are made as they are measured.

    Attributes:
        name: For tables.
        paths: Of the pictures.
        cache: Where what is measured is kept, if anywhere.
        seed: Of the noise.
    """

    name: str
    paths: tuple[Path, ...]
    cache: Path | None = None
    seed: int = 0

    def show(self, kept: Sequence[int], row: int) -> tuple[np.ndarray, str]:
        """Returns the picture of a row of `OnMaterial.pool`, and what it is."""
        if row < len(kept):
            path = self.paths[kept[row]]
            return decode(path.read_bytes()), f"{path.stem}, pristine"
        shape = len(kept), len(material.DISTORTIONS), len(material.LEVELS)
        content, kind, level = np.unravel_index(row - len(kept), shape)
        path = self.paths[kept[int(content)]]
        name, strength = material.DISTORTIONS[kind], material.LEVELS[level]
        version = material.distorted(
            decode(path.read_bytes()), name, strength, seed=self.seed
        )
        return version, f"{path.stem}, {name} {strength}"


def opened(
    folder: Path, *, cache: Path | None, limit: int | None = None, seed: int = 0
) -> Material:
    """Returns the material below a folder, of the first `limit` pictures if given."""
    paths = tuple(material.pristine_pictures(folder)[:limit])
    return Material(folder.name, paths, cache, seed)


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


def measured(
    subjects: Sequence[ScorerSubject], pool: Material
) -> tuple[dict[str, OnMaterial], list[int], int]:
    """Returns what all measures say, which pictures it is of, and how many are lost."""
    measures = {name: one for name, (one, _) in material.FULL_REFERENCE.items()}
    found: dict[str, list[OnMaterial | None]] = {}
    for name, measure in measures.items():
        folder = None if pool.cache is None else pool.cache / "full-reference"
        found[name] = _lines_of(name, lambda m=measure: m, folder, pool)
    for subject in subjects:
        found[subject.name] = _lines_of(
            subject.name,
            functools.partial(_measure_of, subject),
            subject.folder(),
            pool,
        )
    columns = list(found.values())
    kept = [
        index
        for index in range(len(pool.paths))
        if all(column[index] is not None for column in columns)
    ]
    if not kept:
        raise ValueError(
            f"Pristine pictures with sides of {material.MIN_SIDE} pixels or more are "
            f"expected. Received: {pool.name}, {len(pool.paths)} pictures, none usable"
        )
    joined = {name: _joined([lines[i] for i in kept]) for name, lines in found.items()}
    return joined, kept, len(pool.paths) - len(kept)


def _lines_of(
    name: str, measure: Callable[[], material.Measure], folder: Path | None, pool
) -> list[OnMaterial | None]:
    """Returns what one measure says of each picture, None where it is unusable."""
    path = None if folder is None else folder / f"{_key(name, pool)}.jsonl"
    known = _read(path)
    missing = [one for one in pool.paths if _name(one) not in known]
    if missing:
        print(f"{name}: versions of {len(missing)} pictures", file=sys.stderr)
        progress, compute = Progress(len(missing)), measure()
        for done, one in enumerate(missing, 1):
            line = _line(one, compute, pool.seed)
            known[_name(one)] = line
            _append(path, {"picture": _name(one), **line})
            progress.show(done)
    return [_of_line(known[_name(one)]) for one in pool.paths]


def _line(path: Path, measure: material.Measure, seed: int) -> dict:
    try:
        values = material.measured([path], {"": measure}, seed=seed)[""]
    except ValueError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return {"error": str(error)}
    return {
        "pristine": float(values.pristine[0]),
        "distorted": values.distorted[0].tolist(),
    }


def _of_line(line: Mapping) -> OnMaterial | None:
    if "error" in line:
        return None
    return OnMaterial(
        np.array([line["pristine"]], "float64"),
        np.array([line["distorted"]], "float64"),
    )


def _joined(lines: Sequence[OnMaterial | None]) -> OnMaterial:
    there = [one for one in lines if one is not None]
    return OnMaterial(
        np.concatenate([one.pristine for one in there]),
        np.concatenate([one.distorted for one in there]),
    )


def _read(path: Path | None) -> dict[str, dict]:
    """Returns the whole lines of a file, by picture; the torn last one is dropped."""
    if path is None or not path.exists():
        return {}
    content = path.read_text()
    if not content.endswith("\n"):
        content = content[: content.rfind("\n") + 1]
        path.write_text(content)
    rows = map(json.loads, content.splitlines())
    return {row.pop("picture"): row for row in rows}


def _append(path: Path | None, row: dict) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a") as file:
            file.write(json.dumps(row) + "\n")


def _measure_of(subject: ScorerSubject) -> material.Measure:
    return material.of_scorer(predictor(subject.scorer()))


def _scorers(subjects, protocol: str, found: Findings) -> list[ScorerSubject]:
    for subject in subjects:
        if not isinstance(subject, ScorerSubject):
            found.hint(f"{protocol}: {subject.name} is no scorer: left out.")
    return [one for one in subjects if isinstance(one, ScorerSubject)]


@functools.cache
def _name(path: Path) -> str:
    """Returns a name that changes with the content of a picture."""
    return f"{path.name}:{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"


def _key(name: str, pool: Material) -> str:
    plain = "".join(c if c.isalnum() else "-" for c in name)
    return f"waterloo-{plain}-{pool.seed}"
