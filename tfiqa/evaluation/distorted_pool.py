"""Versions of pristine pictures, for the D-, L- and P-test and for gMAD.

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

from tfiqa.cli.progress import Progress
from tfiqa.data.decode import decode
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.protocols import waterloo as material
from tfiqa.evaluation.protocols.waterloo import OnMaterial
from tfiqa.scoring.references import check_references
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor


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


def measured(
    subjects: Sequence[ScorerSubject], pool: Material
) -> tuple[dict[str, OnMaterial], list[int], int]:
    """Returns what all measures say, which pictures it is of, and how many are lost."""
    measures: dict[str, Callable[[], material.Measure]] = {
        name: lambda m=one: m for name, (one, _) in material.FULL_REFERENCE.items()
    }
    folders = {name: pool.cache and pool.cache / name for name in measures}
    for subject in subjects:
        measures[subject.name] = functools.cache(
            functools.partial(_measure_of, subject)
        )
        folders[subject.name] = subject.folder()
    known = {name: _known(name, folders[name], pool) for name in measures}
    _complete(known, measures, folders, pool)
    found = {
        name: [_of_line(lines[_name(one)]) for one in pool.paths]
        for name, lines in known.items()
    }
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


def _complete(
    known: Mapping[str, dict[str, dict]],
    measures: Mapping[str, Callable[[], material.Measure]],
    folders: Mapping[str, Path | None],
    pool: Material,
) -> None:
    """Adds the lines that are missing; the versions of a picture are made once."""
    missing = [
        one
        for one in pool.paths
        if any(_name(one) not in lines for lines in known.values())
    ]
    if not missing:
        return
    print(f"{pool.name}: versions of {len(missing)} pictures", file=sys.stderr)
    progress = Progress(len(missing))
    for done, one in enumerate(missing, 1):
        wanted = [name for name, lines in known.items() if _name(one) not in lines]
        lines = _lines(one, {name: measures[name]() for name in wanted}, pool.seed)
        for name, line in lines.items():
            known[name][_name(one)] = line
            _append(_file(folders[name], pool), {"picture": _name(one), **line})
        progress.show(done)


def _lines(
    path: Path, measures: Mapping[str, material.Measure], seed: int
) -> dict[str, dict]:
    try:
        material.pristine_picture(path)
    except ValueError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return {name: {"error": str(error)} for name in measures}
    # Errors of a measure say nothing of the picture: they are not kept.
    found = material.measured([path], measures, seed=seed)
    return {
        name: {
            "pristine": float(values.pristine[0]),
            "distorted": values.distorted[0].tolist(),
        }
        for name, values in found.items()
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


@functools.cache
def _known(name: str, folder: Path | None, pool: Material) -> dict[str, dict]:
    """Returns the lines by picture; a torn last one of the file is dropped."""
    del name  # Tells measures apart that are kept in memory alone.
    path = _file(folder, pool)
    if path is None or not path.exists():
        return {}
    content = path.read_text()
    if not content.endswith("\n"):
        content = content[: content.rfind("\n") + 1]
        path.write_text(content)
    rows = map(json.loads, content.splitlines())
    return {row.pop("picture"): row for row in rows}


def _file(folder: Path | None, pool: Material) -> Path | None:
    return None if folder is None else folder / f"waterloo-{pool.seed}.jsonl"


def _append(path: Path | None, row: dict) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a") as file:
            file.write(json.dumps(row) + "\n")


def _measure_of(subject: ScorerSubject) -> material.Measure:
    scorer = subject.scorer()
    check_references(scorer, None)
    predict, least = predictor(scorer), metadata(scorer).get("min_side", 1)
    return material.of_scorer(
        lambda picture: predict(picture) if min(picture.shape[:2]) >= least else np.nan
    )


@functools.cache
def _name(path: Path) -> str:
    """Returns a name that changes with the content of a picture."""
    return f"{path.name}:{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
