"""What an evaluation found: rows of figures, to be printed and written."""

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

from tfiqa import run_folder
from tfiqa.evaluation.stores import Outcomes
from tfiqa.metrics.significance import Difference
from tfiqa.metrics.significance import VarianceRatio
from tfiqa.protocols.comparison import Figure
from tfiqa.protocols.comparison import Result
from tfiqa.protocols.gmad import Competition

BOOTSTRAP = "95 % bootstrap"
RANGE = "range over divisions"
COLUMNS = (
    *("protocol", "dataset", "method", "of", "figure", "value", "low", "high"),
    *("interval", "n", "n_not_scored", "failures", "seeds"),
)


@dataclasses.dataclass(frozen=True)
class Row:
    """Figures of one method on one set of pictures.

    Attributes:
        protocol: That made them.
        dataset: Whose pictures they are of.
        method: Name of the subject.
        of: Which pictures, or learned from which, such as `"test"` or `"jpeg"`.
        figures: By name; the ends of the interval are NaN where there is none.
        n: Pictures, pairs or lists that were measured.
        failures: How many had no score, by status.
        interval: What the ends of the figures are.
        seeds: Of the divisions.
    """

    protocol: str
    dataset: str
    method: str
    of: str
    figures: dict[str, Figure]
    n: int
    failures: dict[str, int] = dataclasses.field(default_factory=dict)
    interval: str = BOOTSTRAP
    seeds: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True)
class Compared:
    """What a method says of pictures, next to their MOS, for drawings."""

    result: Result
    outcomes: Outcomes
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class Significance:
    """Whether the first of two methods agrees better on the same pictures."""

    dataset: str
    first: str
    second: str
    n: int
    residuals: VarianceRatio | None
    srocc: Difference


@dataclasses.dataclass
class Findings:
    """All that was found.

    Attributes:
        rows: Of figures, in the order in which they were found.
        compared: By dataset and method, of the protocol `split`.
        significance: Of pairs of methods.
        competitions: gMAD, by pool, and by both names.
        curves: Labels and SROCC `(counts, seeds)`, by dataset and method.
        hints: What a reader must know.
    """

    rows: list[Row] = dataclasses.field(default_factory=list)
    compared: dict[tuple[str, str], Compared] = dataclasses.field(default_factory=dict)
    significance: list[Significance] = dataclasses.field(default_factory=list)
    competitions: dict[tuple[str, str, str], Competition] = dataclasses.field(
        default_factory=dict
    )
    curves: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = dataclasses.field(
        default_factory=dict
    )
    hints: list[str] = dataclasses.field(default_factory=list)

    def hint(self, line: str) -> None:
        """Adds a hint, once."""
        if line not in self.hints:
            self.hints.append(line)

    def lines(self) -> list[str]:
        """Returns a table for each protocol, then what else there is to tell."""
        lines: list[str] = []
        for protocol in dict.fromkeys(row.protocol for row in self.rows):
            rows = [row for row in self.rows if row.protocol == protocol]
            lines += [f"{protocol} ({rows[0].interval})", *table(rows), ""]
        if self.significance:
            lines += ["significance", *map(told, self.significance), ""]
        return [*lines, *self.hints]


def table(rows: list[Row]) -> list[str]:
    """Returns aligned lines, a heading first; figures that no row has are left out."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    cells = [["dataset", "of", "method", *names, "n", "not scored"]]
    for row in rows:
        figures = [shown(row.figures.get(name)) for name in names]
        lost = sum(row.failures.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in row.failures.items())
        failed = f"{lost} ({kinds})" if lost else "0"
        cells.append([row.dataset, row.of, row.method, *figures, str(row.n), failed])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def shown(figure: Figure | None) -> str:
    """Returns the value and its interval; nothing for no figure."""
    if figure is None:
        return ""
    if math.isnan(figure.low):
        return number(figure.value)
    return f"{number(figure.value)} [{number(figure.low)}, {number(figure.high)}]"


def number(value: float) -> str:
    """Returns three decimals for correlations, four digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 or math.isnan(value) else f"{value:.4g}"


def told(one: Significance) -> str:
    """Returns the two tests of a pair of methods in a line."""
    words = {1: "better", 0: "not told apart from", -1: "worse"}
    d, f = one.srocc, one.residuals
    by_residuals = "no F-test, since a logistic fit failed"
    if f is not None:
        normal = "" if f.normal else ", residuals not normal"
        by_residuals = f"F-test {f.ratio:.3f}, p {f.p_value:.2g}{normal}"
    verdict = words[d.verdict] + (" than" if d.verdict else "")
    return (
        f"{one.dataset}: {one.first} {verdict} {one.second}: SROCC {d.value:+.3f} "
        f"[{number(d.low)}, {number(d.high)}], p {d.p_value:.2g}; {by_residuals}; "
        f"n {one.n}"
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
        }
    )


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
