"""Results of an evaluation in files: JSON, CSV, predictions and plots."""

import dataclasses
import math
import os
import platform
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.evaluation.cache import distinct_slug
from tfiqa.evaluation.cache import slug
from tfiqa.evaluation.results import Compared
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import Row
from tfiqa.figures.scatter import scatter
from tfiqa.files import atomic
from tfiqa.files.csv_rows import csv_text
from tfiqa.files.csv_rows import harmless
from tfiqa.metrics.comparison import Result
from tfiqa.training import run_folder

COLUMNS = (
    *("protocol", "dataset", "method", "of", "figure", "value", "low", "high"),
    *("interval", "n", "n_not_scored", "failures", "seeds", "image_size"),
)


def write_results(results: EvaluationResults, folder: Path) -> None:
    """Writes results.json, results.csv, and a CSV and a plot of each method.

    Args:
        results: Results of an evaluation.
        folder: Target folder, created if necessary.

    Raises:
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json(folder / "results.json", as_json(results))
    sizes = {base.name: base.source.image_size for base in results.databases}
    atomic.write_text(folder / "results.csv", as_csv(results.rows, sizes))
    units = {database.name: database.source.unit for database in results.databases}
    for (dataset, name), entry in results.compared.items():
        of = f"{slug(dataset)}-{distinct_slug(name)}"
        atomic.write_text(folder / f"predictions-{of}.csv", predictions(entry.result))
        drawing = draw_agreement(name, entry, units[dataset])
        atomic.write_bytes(folder / f"scatter-{of}.png", drawing)


def draw_agreement(name: str, compared: Compared, unit: str) -> bytes:
    """Returns a PNG of predictions against MOS, with the fitted logistic if any.

    Args:
        name: Name of the method.
        compared: Its predictions.
        unit: Unit of the MOS.
    """
    result = compared.result
    srocc = result.figures["SROCC"].value
    return scatter(
        *(result.predictions, result.mos),
        title=f"{name}: SROCC {srocc:.3f} (n = {result.scored})",
        unit=unit,
        predicted_unit=f"by {name}",
        fit=result.fit if result.fit.converged else None,
    )


def as_csv(
    rows: Iterable[Row], image_sizes: Mapping[str, str | None] | None = None
) -> str:
    """Returns a line for each figure of each row.

    Args:
        rows: The rows.
        image_sizes: Size to which the images of a dataset were resized, by its name.
    """
    sizes = image_sizes or {}
    lines: list[Sequence[object]] = [COLUMNS]
    for row in rows:
        failures = "; ".join(f"{kind}: {n}" for kind, n in row.failures.items())
        seeds = " ".join(map(str, row.seeds))
        for name, figure in row.figures.items():
            ends = [_cell(x) for x in (figure.value, figure.low, figure.high)]
            texts = row.protocol, row.dataset, row.method, row.of, name
            begin = [harmless(str(text)) for text in texts]
            unscored = sum(row.failures.values())
            end = [row.interval, row.n, unscored, failures, seeds]
            end.append(sizes.get(row.dataset) or "")
            lines.append([*begin, *ends, *end])
    return csv_text(lines)


def as_json(results: EvaluationResults) -> dict[str, Any]:
    """Returns everything except images, ready for JSON; NaN becomes None."""
    curves = {
        dataset: {
            name: {"labels": counts.tolist(), "srocc": sroccs.tolist()}
            for name, (counts, sroccs) in methods.items()
        }
        for dataset, methods in results.curves.items()
    }
    competitions = [
        {"pool": pool, "first": first, "second": second, **dataclasses.asdict(entry)}
        for (pool, first, second), entry in results.competitions.items()
    ]
    return finite(
        {
            **results.record,
            "versions": run_folder.versions(),
            "hardware": hardware(),
            "rows": [dataclasses.asdict(row) for row in results.rows],
            "significance": [
                dataclasses.asdict(entry) for entry in results.significance
            ],
            "label_efficiency": curves,
            "gmad": competitions,
            "hints": results.hints,
            "errors": results.errors,
        }
    )


def predictions(result: Result) -> str:
    """Returns the prediction of each image, as CSV."""
    lines = [["image_id", "mos", "prediction", "status"]]
    rows = (result.image_ids, result.mos, result.predictions, result.statuses)
    for image_id, mos, prediction, status in zip(*rows, strict=True):
        cell = f"{prediction:.7g}" if status == "ok" else ""
        lines.append([harmless(image_id), f"{mos:.7g}", cell, status])
    return csv_text(lines)


def finite(value: Any) -> Any:
    """Returns the value with `None` for numbers that JSON cannot represent."""
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def hardware() -> dict[str, Any]:
    """Returns a description of this machine."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "processor": names[0].partition(":")[2].strip()
        if names
        else platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count(),
        "memory": memory[0].partition(":")[2].strip() if memory else "unknown",
        "accelerators": [
            device.name for device in tf.config.list_physical_devices("GPU")
        ],
        "system": platform.platform(),
    }


_LINUX = hasattr(os, "sched_getaffinity")


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _cell(value: float) -> str:
    return f"{value:.7g}" if math.isfinite(value) else ""
