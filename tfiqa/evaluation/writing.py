"""Findings as CSV and as JSON, and on what they were computed."""

import csv
import dataclasses
import io
import math
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Result
from tfiqa.training import run_folder

COLUMNS = (
    *("protocol", "dataset", "method", "of", "figure", "value", "low", "high"),
    *("interval", "n", "n_not_scored", "failures", "seeds"),
)


def as_csv(rows: Iterable[Row]) -> str:
    """Returns a line for each figure of each row."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        failures = "; ".join(f"{kind}: {n}" for kind, n in row.failures.items())
        seeds = " ".join(map(str, row.seeds))
        for name, figure in row.figures.items():
            ends = [_cell(x) for x in (figure.value, figure.low, figure.high)]
            begin = [row.protocol, row.dataset, row.method, row.of, name]
            lost = sum(row.failures.values())
            end = [row.interval, row.n, lost, failures, seeds]
            table.writerow([*begin, *ends, *end])
    return text.getvalue()


def as_json(findings: Findings, record: dict[str, Any]) -> dict[str, Any]:
    """Returns everything but pictures, ready for JSON; NaN is None."""
    curves = {
        dataset: {
            name: {"labels": counts.tolist(), "srocc": sroccs.tolist()}
            for name, (counts, sroccs) in methods.items()
        }
        for dataset, methods in findings.curves.items()
    }
    competitions = [
        {"pool": pool, "first": first, "second": second, **dataclasses.asdict(found)}
        for (pool, first, second), found in findings.competitions.items()
    ]
    return finite(
        {
            **record,
            "versions": run_folder.versions(),
            "hardware": hardware(),
            "rows": [dataclasses.asdict(row) for row in findings.rows],
            "significance": [dataclasses.asdict(one) for one in findings.significance],
            "label_efficiency": curves,
            "gmad": competitions,
            "hints": findings.hints,
            "errors": findings.errors,
        }
    )


def predictions(result: Result) -> str:
    """Returns what a method says of each picture, as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["image_id", "mos", "prediction", "status"])
    rows = (result.image_ids, result.mos, result.predictions, result.statuses)
    for image_id, mos, prediction, status in zip(*rows, strict=True):
        shown = f"{prediction:.7g}" if status == "ok" else ""
        table.writerow([image_id, f"{mos:.7g}", shown, status])
    return text.getvalue()


def finite(value: Any) -> Any:
    """Returns the same with `None` for what JSON has no number for."""
    if isinstance(value, dict):
        return {str(key): finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def hardware() -> dict[str, Any]:
    """Returns on what this is computed."""
    names = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "processor": names[0].partition(":")[2].strip()
        if names
        else platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if _LINUX else os.cpu_count(),
        "memory": memory[0].partition(":")[2].strip() if memory else "unknown",
        "accelerators": [one.name for one in tf.config.list_physical_devices("GPU")],
        "system": platform.platform(),
    }


_LINUX = hasattr(os, "sched_getaffinity")


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def _cell(value: float) -> str:
    return f"{value:.7g}" if math.isfinite(value) else ""
