"""The page of a reproduction: ours, the paper's, and whether they agree."""

import json
import math
import os
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.evaluation.results import format_number
from tfiqa.figures.per_distortion import per_distortion
from tfiqa.files import atomic
from tfiqa.report import html
from tfiqa.reproduction import comparison
from tfiqa.reproduction import databases
from tfiqa.reproduction import plans
from tfiqa.reproduction.comparison import Cell
from tfiqa.reproduction.execution import Outcome
from tfiqa.reproduction.figures import BARS
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.targets import FACTS
from tfiqa.reproduction.targets import TABLE
from tfiqa.reproduction.targets import Target

TINY = (
    "Tiny run: small networks, trained for moments on generated stand-ins. It shows "
    "that the commands of each plan work together. Its numbers mean nothing."
)
HEADING = ("row", "database", "of", "figure", "paper", "ours", "difference", "inside")
WORDS = {True: "yes", False: "no", None: "no interval"}


def write_page(
    targets: Sequence[Target], outcomes: Sequence[Outcome], setting: Setting
) -> Path:
    """Writes `index.html` and `reproduction.json` into the output.

    Args:
        targets: The tables and figures to show.
        outcomes: What became of their jobs.
        setting: The folders that the results are in.

    Returns:
        The path of the page.
    """
    folder = Path(setting.output)
    folder.mkdir(parents=True, exist_ok=True)
    faults = {o.job.name: o.fault for o in outcomes if o.fault}
    sections = [(target.key, _section(target, setting, faults)) for target in targets]
    content = {
        "scale": setting.scale,
        "note": TINY if setting.is_tiny else "",
        "faults": faults,
        "tables": {
            target.key: [as_json(cell) for cell in comparison.cells(target, setting)]
            for target in targets
            if target.kind == TABLE
        },
    }
    atomic.write_json(folder / "reproduction.json", content)
    page = html.document("Tables and figures of the papers, reproduced", sections)
    return atomic.write_text(folder / "index.html", page)


def as_json(cell: Cell) -> dict[str, Any]:
    """Returns a number with ours, ready for JSON; NaN becomes None."""
    number = cell.number
    values = {
        "ours": cell.value,
        "low": cell.low,
        "high": cell.high,
        "difference": cell.difference,
    }
    return {
        "method": number.method,
        "dataset": number.dataset,
        "of": cell.of or number.of,
        "figure": number.figure,
        "paper": number.value,
        "source": number.source,
        **{k: None if math.isnan(v) else v for k, v in values.items()},
        "interval": cell.interval,
        "inside": cell.inside,
    }


def _section(
    target: Target, setting: Setting, faults: Mapping[str, str]
) -> list[html.Safe]:
    """Returns what is shown of a table or figure."""
    parts = [html.element("p", f"{target.title}. Source: {target.document}.")]
    if setting.is_tiny:
        parts.append(html.element("p", html.element("strong", TINY)))
    if target.note:
        parts.append(html.element("p", target.note))
    parts += _content(target, setting)
    lines = [
        html.element("li", f"{job.name}: {faults[job.name]}")
        for job in plans.jobs(target)
        if job.name in faults
    ]
    return [*parts, html.element("ul", *lines, class_="hints")] if lines else parts


def _content(target: Target, setting: Setting) -> list[html.Safe]:
    if target.kind == TABLE:
        rows = [_row(cell) for cell in comparison.cells(target, setting)]
        return [html.table(HEADING, rows)]
    if target.kind == FACTS:
        return [html.table(databases.HEADING, databases.rows(target))]
    return _drawings(target, setting)


def _row(cell: Cell) -> list[str]:
    number = cell.number
    begin = [number.method, number.dataset, cell.of or number.of, number.figure]
    paper = _printed(number.value)
    if not cell.measured:
        return [*begin, paper, "", "", ""]
    ours = format_number(cell.value)
    if cell.inside is not None:
        ours += f" [{format_number(cell.low)}, {format_number(cell.high)}]"
        ours += f" {cell.interval}"
    difference = f"{cell.difference:+.3f}"
    return [*begin, paper, ours, difference, WORDS[cell.inside]]


def _printed(value: float) -> str:
    """Returns a number of a paper with its decimals."""
    return f"{value:.4f}".rstrip("0") if value else "0"


def _drawings(target: Target, setting: Setting) -> list[html.Safe]:
    """Returns the drawings of a figure, and links to what it wrote beside them."""
    parts = []
    for job in plans.jobs(target):
        folder = Path(job.folder(setting))
        results = folder / "results.json"
        if target.key == "contentsep/bars" and results.exists():
            parts += _bars(json.loads(results.read_text())["rows"])
        parts += [
            html.figure(path.read_bytes(), path.stem, width=520)
            for path in sorted(folder.glob("*.png"))
        ]
        for name in ("report/index.html", "ablation.csv", "scores.csv"):
            if (folder / name).exists():
                link = os.path.relpath(folder / name, setting.output)
                parts.append(html.element("p", html.element("a", link, href=link)))
    return parts


def _bars(rows: Sequence[Mapping[str, Any]]) -> list[html.Safe]:
    """Returns a bar chart of SROCC for each group of rows, over the databases."""
    values: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in rows:
        figure = {
            key: math.nan if value is None else float(value)
            for key, value in row["figures"]["SROCC"].items()
        }
        ends = figure["value"], figure["low"], figure["high"]
        values.setdefault(row["method"], {})[row["dataset"]] = ends
    charts = []
    for title, names in BARS.items():
        drawn = {name: values[name] for name in names if name in values}
        if len(drawn) == len(names):
            encoded = per_distortion(drawn, title=title)
            charts.append(html.figure(encoded, f"{title}, 95 % bootstrap", width=620))
    return charts
