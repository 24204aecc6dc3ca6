"""Our results beside the numbers of the papers."""

import dataclasses
import json
import math
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.report.published import Published
from tfiqa.reproduction import plans
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.targets import Target


@dataclasses.dataclass(frozen=True)
class Cell:
    """A number of a paper, and ours if it was measured.

    Attributes:
        number: The number of the paper.
        value: Ours, NaN if it was not measured.
        low: Lower end of its interval, NaN if there is none.
        high: Upper end.
        of: Which images ours is of.
        interval: Meaning of the interval.
    """

    number: Published
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    of: str = ""
    interval: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a number of ours."""
        return not math.isnan(self.value)

    @property
    def difference(self) -> float:
        """Ours minus the paper's, NaN if it was not measured."""
        return self.value - self.number.value

    @property
    def inside(self) -> bool | None:
        """Whether the paper's number is in our interval, `None` without one."""
        if math.isnan(self.low) or math.isnan(self.high):
            return None
        return self.low <= self.number.value <= self.high


def cells(target: Target, setting: Setting) -> list[Cell]:
    """Returns the numbers of a table in its order, ours beside them."""
    rows = list(_rows(target, setting))
    return [cell_of(number, rows, target) for number in target.numbers()]


def cell_of(
    number: Published, rows: Iterable[Mapping[str, Any]], target: Target
) -> Cell:
    """Returns a number of a paper with ours, from the rows of `results.json`."""
    name = target.figure_of(number.figure)
    for row in rows:
        if _same(number, row) and name in row["figures"]:
            figure = row["figures"][name]
            ends = (_number(figure[key]) for key in ("value", "low", "high"))
            return Cell(number, *ends, of=row["of"], interval=row["interval"])
    return Cell(number)


def _rows(target: Target, setting: Setting) -> Iterable[Mapping[str, Any]]:
    for job in plans.jobs(target):
        path = Path(job.folder(setting)) / "results.json"
        if path.exists():
            yield from json.loads(path.read_text())["rows"]


def _same(number: Published, row: Mapping[str, Any]) -> bool:
    """Returns whether a row is what a number is of; pools have names of their own."""
    if (row["protocol"], row["method"]) != (number.protocol, number.method):
        return False
    if number.protocol == "waterloo":
        return True
    return row["dataset"] == number.dataset and number.of in ("", row["of"])


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
