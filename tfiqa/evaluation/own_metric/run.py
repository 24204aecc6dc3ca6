"""Fits a metric to a folder: what `python -m tfiqa.fit` runs."""

import dataclasses
import functools
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import pristine
from tfiqa.cli.text import printable
from tfiqa.evaluation.own_metric import features
from tfiqa.evaluation.own_metric import pairs as pair_metric
from tfiqa.evaluation.own_metric import patch_statistics
from tfiqa.evaluation.own_metric import rated
from tfiqa.evaluation.own_metric import report
from tfiqa.evaluation.own_metric.labels import Folder
from tfiqa.evaluation.own_metric.labels import kept
from tfiqa.evaluation.own_metric.labels import matched
from tfiqa.evaluation.own_metric.labels import open_folder
from tfiqa.evaluation.own_metric.labels import unlabeled
from tfiqa.evaluation.own_metric.request import FitRequest
from tfiqa.files import atomic
from tfiqa.files.rating_rows import Rows
from tfiqa.files.rating_rows import read_ratings
from tfiqa.files.reading import read_file
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.serialization import save_model

# Table of features that each family needs.
_TABLES = {
    **dict.fromkeys(("ridge", "svr", "mlp"), "trunk"),
    "brisque": "brisque",
    "distance": "patches",
}


@dataclasses.dataclass(frozen=True, eq=False)
class FitResult:
    """A fitted metric.

    Attributes:
        scorer: The scorer.
        path: Its file; the card is beside it.
        report: All results, ready for JSON; also in `fit.json`.
    """

    scorer: keras.Model
    path: Path
    report: dict[str, Any]

    def lines(self) -> list[str]:
        """Returns the report for a terminal."""
        return [*report.lines(self.report), f"scorer: {self.path}"]


def fit_request(request: FitRequest) -> FitResult:
    """Fits a scorer to a folder and its ratings or pairs, and writes it.

    Writes `scorer.keras`, the card `scorer.md`, `fit.json`, and `next.csv` with the
    images to label next, into the folder of the request.

    Raises:
        OSError: If a file cannot be read or written, or exists already.
        ValueError: If the table or the images are not sufficient; says why.
    """
    output = Path(request.output)
    path = output / "scorer.keras"
    if path.exists() and not request.overwrite:
        raise FileExistsError(f"{path} exists already; `overwrite` replaces it")
    folder = open_folder(request.folder)
    rows = None if request.table is None else read_ratings(request.table)
    if rows is None:
        scorer, known = _good(request, folder)
    elif rows.are_pairs:
        scorer, known = _pairs(request, folder, rows, output)
    else:
        scorer, known = _ratings(request, folder, rows, output)
    known = {
        "version": __version__,
        "folder": {
            "name": folder.root.resolve().name,
            "images": len(folder.names),
            "skipped": list(folder.skipped.lines()),
        },
        **({} if rows is None else {"table": report.of_table(rows)}),
        **known,
    }
    output.mkdir(parents=True, exist_ok=True)
    save_model(scorer, path)
    atomic.write_text(output / "scorer.md", report.card(known))
    atomic.write_json(output / "fit.json", report.without_nan(known))
    if known.get("next"):
        lines = ["image", *(report.cell(name) for name in known["next"])]
        atomic.write_text(output / "next.csv", "\n".join(lines) + "\n")
    return FitResult(scorer, path, known)


def _ratings(
    request: FitRequest, folder: Folder, rows: Rows, output: Path
) -> tuple[keras.Model, dict[str, Any]]:
    labels = matched(rows, folder)
    rated.check(labels.mos)  # Features may take hours.
    most = request.pool if request.next else 0
    others = unlabeled(folder, labels, most, request.seed)
    kinds = {_TABLES[name] for name in request.families}
    if others:
        kinds.add("trunk")  # The next images are chosen by its distances.
    count, names = len(labels.names), [*labels.names, *others]
    tables = features.tables(kinds, folder, names, count, output / "features")
    is_usable = features.usable(tables, len(names))
    tables = {name: table[is_usable[: len(table)]] for name, table in tables.items()}
    others = [name for name, is_ in zip(others, is_usable[count:], strict=True) if is_]
    labels, dropped = kept(labels, is_usable[:count])
    result = rated.fit_ratings(request, folder, labels, others, tables)
    return result.scorer, report.of_ratings(result, dropped, request.seed)


def _pairs(
    request: FitRequest, folder: Folder, rows: Rows, output: Path
) -> tuple[keras.Model, dict[str, Any]]:
    labels = matched(rows, folder)
    families = [name for name in request.families if name in ("ridge", "brisque")]
    if not families:
        raise ValueError(
            "`families` with ridge or brisque are expected for pairs. "
            f"Received: families={list(request.families)}"
        )
    kinds = {_TABLES[name] for name in families}
    count = len(labels.names)
    tables = features.tables(kinds, folder, labels.names, count, output / "features")
    is_usable = features.usable(tables, count)
    labels, dropped = kept(labels, is_usable)
    options = {"folds": request.folds, "seed": request.seed}
    results = {
        name: pair_metric.measured_pairs(
            name, tables[_TABLES[name]][is_usable], labels.pairs, **options
        )
        for name in families
    }
    best = min(results, key=lambda name: results[name].loss)
    descriptors = {
        "ridge": features.trunk_descriptor,
        "brisque": features.brisque_descriptor,
    }
    metadata = {
        "method": f"own_{best}",
        "dataset": folder.root.resolve().name,
        "min_side": 16 if best == "brisque" else 32,
        "version": __version__,
    }
    scorer = pair_metric.pair_scorer(
        *(tables[_TABLES[best]][is_usable], labels.pairs, results[best].alpha),
        *(descriptors[best], metadata, best),
    )
    return scorer, report.of_pairs(results, best, len(labels.names), dropped)


def _good(request: FitRequest, folder: Folder) -> tuple[keras.Model, dict[str, Any]]:
    """Returns the scorer of the distance from all images of a folder."""
    most = patch_statistics.SCORING.pristine_pictures
    names = list(folder.names)
    if len(names) > most:
        order = np.random.default_rng(request.seed).permutation(len(names))[:most]
        names = [names[row] for row in sorted(order)]
    scorer = pristine.distance_scorer(
        features.patch_encoder(),
        _decoded(folder, names),
        patch_statistics.SCORING,
        method="own_distance",
        dataset=folder.root.resolve().name,
    )
    patches = scorer.layers[-1].metadata["pristine_patches"]
    return scorer, {"kind": "good", "images": len(names), "patches": patches}


def _decoded(folder: Folder, names: Sequence[str]) -> Iterator[np.ndarray]:
    """Yields the images that decode; reports the others."""
    latest: list[np.ndarray] = []

    def keep(image: np.ndarray) -> float:
        latest.append(image)
        return 0.0

    paths = [folder.path(name) for name in names]
    outcomes = assess((functools.partial(read_file, path) for path in paths), keep)
    for path, outcome in zip(paths, outcomes, strict=True):
        if outcome.status == "ok":
            yield latest.pop()
        else:
            line = f"{path}: {outcome.status}: {outcome.reason}"
            print(printable(line), file=sys.stderr)
