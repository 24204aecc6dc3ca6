"""The results of an evaluation: rows of figures, to be printed and written."""

import contextlib
import dataclasses
import math
import traceback
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.comparison import Result
from tfiqa.metrics.competition import Competition
from tfiqa.metrics.significance import Difference
from tfiqa.metrics.significance import VarianceRatio

BOOTSTRAP = "95 % bootstrap"
RANGE = "range over divisions"
# From the number of an image of a pool to the image, uint8 `(height, width, 3)`, and a
# name for it.
ReadImage = Callable[[int], tuple[np.ndarray, str]]


@dataclasses.dataclass(frozen=True)
class Row:
    """Figures of one method on one set of images.

    Attributes:
        protocol: Name of the protocol.
        dataset: Name of the database or pool.
        method: Name of the predictor.
        of: Which images, or learned from which, such as `"test"` or `"jpeg"`.
        figures: By name; the ends of the interval are NaN where there is none.
        n: Images, pairs or lists that were measured.
        failures: How many had no score, by status.
        interval: What the ends of the figures are.
        seeds: Seeds of the divisions.
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
    """The scores of a method next to the MOS of the same images, for drawings."""

    result: Result
    outcomes: Outcomes
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class Significance:
    """Whether the first of two methods agrees better on the same images."""

    dataset: str
    first: str
    second: str
    n: int
    residuals: VarianceRatio | None
    srocc: Difference


@dataclasses.dataclass
class EvaluationResults:
    """All results of an evaluation.

    Attributes:
        rows: Figures, in the order in which they were measured.
        compared: By dataset and method, of the protocol `split`.
        significance: Tests of pairs of methods.
        competitions: gMAD, by pool, and by both names.
        competition_images: How to read the images of a competition, by the same keys.
        curves: Labels and SROCC `(counts, seeds)`, by dataset and method.
        hints: What a reader must know.
        errors: What could not be measured, and why.
        predictors: What was measured.
        databases: What it was measured on.
        options: Options of the protocols.
        record: What was measured and how, for `results.json`.
    """

    rows: list[Row] = dataclasses.field(default_factory=list)
    compared: dict[tuple[str, str], Compared] = dataclasses.field(default_factory=dict)
    significance: list[Significance] = dataclasses.field(default_factory=list)
    competitions: dict[tuple[str, str, str], Competition] = dataclasses.field(
        default_factory=dict
    )
    competition_images: dict[tuple[str, str, str], ReadImage] = dataclasses.field(
        default_factory=dict, repr=False
    )
    curves: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = dataclasses.field(
        default_factory=dict
    )
    hints: list[str] = dataclasses.field(default_factory=list)
    errors: list[str] = dataclasses.field(default_factory=list)
    predictors: Sequence[Predictor] = ()
    databases: Sequence[Database] = ()
    options: ProtocolOptions = dataclasses.field(default_factory=ProtocolOptions)
    record: dict[str, Any] = dataclasses.field(default_factory=dict)

    def hint(self, line: str) -> None:
        """Adds a hint, once."""
        if line not in self.hints:
            self.hints.append(line)

    @contextlib.contextmanager
    def attempt(self, *what: str) -> Iterator[None]:
        """Turns an error inside into a line of `errors`, so that other results stay.

        An error that nobody foresaw is also printed, with its traceback, to the
        standard error stream.
        """
        try:
            yield
        except (OSError, TypeError, ValueError) as error:
            self.errors.append(f"Not measured: {', '.join(what)}: {error}")
        except Exception as error:
            traceback.print_exc()
            message = f"{type(error).__name__}: {error}"
            self.errors.append(f"Not measured: {', '.join(what)}: {message}")

    @property
    def messages(self) -> list[str]:
        """Hints, and what could not be measured."""
        return [*self.hints, *self.errors]

    def lines(self) -> list[str]:
        """Returns tables for people, one a protocol, then tests, hints and errors."""
        lines: list[str] = []
        for protocol in dict.fromkeys(row.protocol for row in self.rows):
            rows = [row for row in self.rows if row.protocol == protocol]
            lines += [f"{protocol} ({rows[0].interval})", *table(rows), ""]
        if self.significance:
            lines += ["significance", *map(format_significance, self.significance), ""]
        return [*lines, *self.messages]


def table(rows: list[Row]) -> list[str]:
    """Returns aligned lines, a heading first; figures that no row has are left out."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    cells = [["dataset", "of", "method", *names, "n", "not scored"]]
    for row in rows:
        figures = [format_figure(row.figures.get(name)) for name in names]
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


def format_figure(figure: Figure | None) -> str:
    """Returns the value and its interval; nothing for no figure."""
    if figure is None:
        return ""
    if math.isnan(figure.low):
        return format_number(figure.value)
    value, low, high = map(format_number, (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"


def format_number(value: float) -> str:
    """Returns three decimals for correlations, four digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 or math.isnan(value) else f"{value:.4g}"


def format_significance(one: Significance) -> str:
    """Returns the two tests of a pair of methods in a line."""
    words = {1: "better", 0: "not told apart from", -1: "worse"}
    d, f = one.srocc, one.residuals
    by_residuals = "no F-test, since a logistic fit failed"
    if f is not None:
        normal = "" if f.normal else ", residuals not normal"
        by_residuals = f"F-test {f.ratio:.3f}, p {f.p_value:.2g}{normal}"
    low, high = format_number(d.low), format_number(d.high)
    verdict = words[d.verdict] + (" than" if d.verdict else "")
    return (
        f"{one.dataset}: {one.first} {verdict} {one.second}: SROCC {d.value:+.3f} "
        f"[{low}, {high}], p {d.p_value:.2g}; {by_residuals}; "
        f"n {one.n}"
    )
