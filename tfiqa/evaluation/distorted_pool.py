"""Distorted versions of pristine images, for the D-, L- and P-tests and for gMAD.

The measured values of all versions of an image are stored as soon as the image is done,
as one line of JSON. Images that do not decode or are too small are counted.
"""

import dataclasses
import functools
import hashlib
import itertools
import json
import sys
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfiqa.cli.progress import Progress
from tfiqa.data.decode import decode
from tfiqa.evaluation import pristine_versions as versions
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.predictors import TablePredictor
from tfiqa.evaluation.pristine_versions import VersionScores
from tfiqa.files import atomic
from tfiqa.files.reading import read_file
from tfiqa.scoring.references import check_references
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor


@dataclasses.dataclass(frozen=True)
class DistortedPool:
    """Pristine images, whose distorted versions are made when they are measured.

    Attributes:
        name: Name for tables.
        paths: The images.
        cache: Folder of stored values; `None` for memory only.
        seed: Seed of the noise.
        root: Folder of the images; `None` for that of the first one.
        unused: Further images of the folder, which are not measured.
    """

    name: str
    paths: tuple[Path, ...]
    cache: Path | None = None
    seed: int = 0
    root: Path | None = None
    unused: tuple[Path, ...] = ()
    _known: dict[str, dict[str, dict]] = dataclasses.field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def read(self, kept: Sequence[int], row: int) -> tuple[np.ndarray, str]:
        """Returns the image of a row of `VersionScores.pool`, and a name for it.

        Args:
            kept: Indices of the measured images.
            row: Row of the version.
        """
        if row < len(kept):
            path = self.paths[kept[row]]
            return decode(read_file(path)), f"{path.stem}, pristine"
        shape = len(kept), len(versions.DISTORTIONS), len(versions.LEVELS)
        content, kind, level = np.unravel_index(row - len(kept), shape)
        path = self.paths[kept[int(content)]]
        name, strength = versions.DISTORTIONS[kind], versions.LEVELS[level]
        version = versions.distorted(
            decode(read_file(path)), name, strength, seed=self.seed
        )
        return version, f"{path.stem}, {name} {strength}"

    def names(self) -> list[str]:
        """Returns the names of all versions of all images, those not measured too."""
        paths = (*self.paths, *self.unused)
        return [name for path in paths for name in self.version_names(path)]

    def version_names(self, path: Path) -> list[str]:
        """Returns the names of an image and its versions, in the order of its values.

        The names are those of the files that `write_material` writes: `a_pristine.png`
        and `a_jpeg_3.png` for `a.bmp`, below its folder.
        """
        root = self.root or self.paths[0].parent
        stem = path.relative_to(root).with_suffix("").as_posix()
        kinds = itertools.product(versions.DISTORTIONS, versions.LEVELS)
        return [
            f"{stem}_pristine.png",
            *(f"{stem}_{kind}_{level}.png" for kind, level in kinds),
        ]

    def lines(self, name: str, folder: Path | None) -> dict[str, dict]:
        """Returns the mutable dict of the values of a measure, by image.

        Args:
            name: Name of the measure.
            folder: Folder of its file, whose last line is ignored if it is incomplete.
        """
        if name not in self._known:
            self._known[name] = read_lines(_file(folder, self))
        return self._known[name]


def open_pool(
    folder: Path, *, cache: Path | None, limit: int | None = None, seed: int = 0
) -> DistortedPool:
    """Returns the pool of the images below a folder, or of the first `limit`."""
    paths = tuple(versions.pristine_images(folder))
    used, unused = paths[:limit], () if limit is None else paths[limit:]
    return DistortedPool(folder.name, used, cache, seed, folder, unused)


def measured(
    predictors: Sequence[ScorerPredictor | TablePredictor], pool: DistortedPool
) -> tuple[dict[str, VersionScores], list[int], int]:
    """Measures all versions by scorers, tables and full-reference measures.

    Tables name the versions as `DistortedPool.version_names` does.

    Returns:
        Values by the name of the measure; the ascending indices of the measured images;
        the number of images that could not be measured.

    Raises:
        ValueError: If no image can be measured, or a table has images that are in
            neither the pool nor a database.
    """
    scorers = [one for one in predictors if isinstance(one, ScorerPredictor)]
    measures: dict[str, Callable[[], versions.Measure]] = {
        name: lambda m=measure: m for name, (measure, _) in versions.P_TEST.items()
    }
    folders = {name: pool.cache and pool.cache / name for name in measures}
    for scorer in scorers:
        measures[scorer.name] = functools.cache(
            functools.partial(_scorer_measure, scorer)
        )
        folders[scorer.name] = scorer.folder()
    known = {name: pool.lines(name, folders[name]) for name in measures}
    _complete(known, measures, folders, pool)
    columns = {
        name: [_values(lines[image_name(path)]) for path in pool.paths]
        for name, lines in known.items()
    }
    kept = [
        index
        for index in range(len(pool.paths))
        if all(column[index] is not None for column in columns.values())
    ]
    if not kept:
        raise ValueError(
            f"Pristine images with sides of {versions.MIN_SIDE} pixels or more are "
            f"expected. Received: {pool.name}, {len(pool.paths)} images, none usable"
        )
    joined = {name: _join([rows[i] for i in kept]) for name, rows in columns.items()}
    for table in predictors:
        if isinstance(table, TablePredictor):
            joined[table.name] = _of_table(table, pool, kept)
    return joined, kept, len(pool.paths) - len(kept)


def _complete(
    known: Mapping[str, dict[str, dict]],
    measures: Mapping[str, Callable[[], versions.Measure]],
    folders: Mapping[str, Path | None],
    pool: DistortedPool,
) -> None:
    """Adds the missing lines; makes the versions of each image only once."""
    missing = [
        path
        for path in pool.paths
        if any(image_name(path) not in lines for lines in known.values())
    ]
    if not missing:
        return
    print(f"{pool.name}: versions of {len(missing)} images", file=sys.stderr)
    progress = Progress(len(missing))
    for done, path in enumerate(missing, 1):
        names = [name for name, lines in known.items() if image_name(path) not in lines]
        lines = _measure(path, {name: measures[name]() for name in names}, pool.seed)
        for name, line in lines.items():
            known[name][image_name(path)] = line
            append_line(
                _file(folders[name], pool), {"picture": image_name(path), **line}
            )
        progress.show(done)


def _measure(
    path: Path, measures: Mapping[str, versions.Measure], seed: int
) -> dict[str, dict]:
    try:
        versions.pristine_image(path)
    except ValueError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return {name: {"error": str(error)} for name in measures}
    # An error of a measure says nothing about the image, so it is not stored.
    scores = versions.measured([path], measures, seed=seed)
    return {
        name: {
            "pristine": float(values.pristine[0]),
            "distorted": values.distorted[0].tolist(),
        }
        for name, values in scores.items()
    }


def _values(line: Mapping) -> VersionScores | None:
    if "error" in line:
        return None
    return VersionScores(
        np.array([line["pristine"]], "float64"),
        np.array([line["distorted"]], "float64"),
    )


def _of_table(
    table: TablePredictor, pool: DistortedPool, kept: Sequence[int]
) -> VersionScores:
    """Returns the scores of a table for the versions of the measured images."""
    names = [n for index in kept for n in pool.version_names(pool.paths[index])]
    scores = table.scores_of(names, pool.names())
    shape = len(kept), len(versions.DISTORTIONS), len(versions.LEVELS)
    rows = scores.reshape(len(kept), -1)
    return VersionScores(rows[:, 0], rows[:, 1:].reshape(shape))


def write_material(
    pool: DistortedPool,
    folder: Path,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[int, list[str]]:
    """Writes all versions as PNGs, for tools that score files.

    Files that exist are kept, so a run that was killed resumes. Images that cannot be
    measured are left out.

    Args:
        pool: The pristine images.
        folder: Target folder, created if necessary.
        progress: Called after each image with the number of images done.

    Returns:
        The number of files of the material; why images were left out.
    """
    count, faults = 0, []
    for done, path in enumerate(pool.paths, 1):
        try:
            pristine = versions.pristine_image(path)
        except ValueError as error:
            faults.append(str(error))
        else:
            targets = [folder / name for name in pool.version_names(path)]
            images = versions.all_versions(pristine, seed=pool.seed)
            for target, image in zip(targets, images, strict=True):
                if not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    atomic.write_bytes(target, tf.io.encode_png(image()).numpy())
            count += len(targets)
        progress(done)
    return count, faults


def _join(lines: Sequence[VersionScores | None]) -> VersionScores:
    values = [scores for scores in lines if scores is not None]
    return VersionScores(
        np.concatenate([scores.pristine for scores in values]),
        np.concatenate([scores.distorted for scores in values]),
    )


def read_lines(path: Path | None) -> dict[str, dict]:
    """Returns the lines of a file of values, by image; drops a cut-off last line."""
    if path is None or not path.exists():
        return {}
    content = path.read_text()
    if not content.endswith("\n"):
        content = content[: content.rfind("\n") + 1]
        atomic.write_text(path, content)
    rows = map(json.loads, content.splitlines())
    return {row.pop("picture"): row for row in rows}


def _file(folder: Path | None, pool: DistortedPool) -> Path | None:
    return None if folder is None else folder / f"waterloo-{pool.seed}.jsonl"


def append_line(path: Path | None, row: dict) -> None:
    """Appends a line to a file of values, created if necessary, unless it is `None`."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a") as file:
            file.write(json.dumps(row) + "\n")


def _scorer_measure(scorer_predictor: ScorerPredictor) -> versions.Measure:
    return versions.of_scorer(predict_of(scorer_predictor))


def predict_of(scorer_predictor: ScorerPredictor) -> Callable[[np.ndarray], float]:
    """Returns the function from an image to its score, NaN if it is too small."""
    scorer = scorer_predictor.scorer()
    check_references(scorer, None)
    predict, least = predictor(scorer), metadata(scorer).get("min_side", 1)
    return lambda image: predict(image) if min(image.shape[:2]) >= least else np.nan


@functools.cache
def image_name(path: Path) -> str:
    """Returns a name that changes with the content of an image."""
    return f"{path.name}:{hashlib.sha256(read_file(path)).hexdigest()[:12]}"
