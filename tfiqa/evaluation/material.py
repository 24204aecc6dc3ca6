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

from tfiqa.data.decode import decode
from tfiqa.evaluation.subjects import ScorerSubject
from tfiqa.progress import Progress
from tfiqa.protocols import waterloo_material as material
from tfiqa.protocols.waterloo_material import OnMaterial
from tfiqa.scorer import predictor


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
    measures = {name: one for name, (one, _) in material.FULL_REFERENCE.items()}
    found: dict[str, list[OnMaterial | None]] = {}
    for name, measure in measures.items():
        folder = None if pool.cache is None else pool.cache / name
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
    path = None if folder is None else folder / f"waterloo-{pool.seed}.jsonl"
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


@functools.cache
def _name(path: Path) -> str:
    """Returns a name that changes with the content of a picture."""
    return f"{path.name}:{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}"
