"""The results of an evaluation: rows of figures, to print and to write."""

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
# Takes the row of an image in a pool; returns the image, uint8 `(height, width, 3)`,
# and its name.
ReadImage = Callable[[int], tuple[np.ndarray, str]]


@dataclasses.dataclass(frozen=True)
class Row:
    """Figures of one method on one set of images.

    Attributes:
        protocol: Name of the protocol.
        dataset: Name of the database or pool.
        method: Name of the predictor.
        of: Which images were measured or learned from, such as `"test"` or `"jpeg"`.
        figures: Figures by name; the ends of an interval are NaN if there is none.
        n: Number of images, pairs or lists measured.
        failures: Number of images without a score, by status.
        interval: Meaning of the ends of the figures.
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
    """The scores of a method beside the MOS of the same images, for plots."""

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
        compared: Scores and MOS by dataset and method, from the protocol `split`.
        significance: Tests of pairs of methods.
        competitions: gMAD results, by pool and both names.
        competition_images: Functions that read the images of a competition, by the same
            keys.
        curves: Labels and SROCC `(counts, seeds)`, by dataset and method.
        hints: Warnings for readers.
        errors: What could not be measured, and why.
        predictors: The predictors.
        databases: The databases.
        options: Options of the protocols.
        record: Description of what was measured and how, for `results.json`.
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
        """Turns an error inside into a line of `errors`, so that other results remain.

        An unexpected error is also printed to standard error, with its traceback.
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
        """Hints, then errors."""
        return [*self.hints, *self.errors]

    def lines(self) -> list[str]:
        """Returns a table for each protocol, then tests, hints and errors."""
        lines: list[str] = []
        for protocol in dict.fromkeys(row.protocol for row in self.rows):
            rows = [row for row in self.rows if row.protocol == protocol]
            lines += [f"{protocol} ({rows[0].interval})", *table(rows), ""]
        if self.significance:
            lines += ["significance", *map(format_significance, self.significance), ""]
        return [*lines, *self.messages]


def table(rows: list[Row]) -> list[str]:
    """Returns aligned lines with a heading; figures that no row has are omitted."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    cells = [["dataset", "of", "method", *names, "n", "not scored"]]
    for row in rows:
        figures = [format_figure(row.figures.get(name)) for name in names]
        unscored = sum(row.failures.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in row.failures.items())
        failed = f"{unscored} ({kinds})" if unscored else "0"
        cells.append([row.dataset, row.of, row.method, *figures, str(row.n), failed])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]


def format_figure(figure: Figure | None) -> str:
    """Returns the value and its interval; an empty text for `None`."""
    if figure is None:
        return ""
    if math.isnan(figure.low):
        return format_number(figure.value)
    value, low, high = map(format_number, (figure.value, figure.low, figure.high))
    return f"{value} [{low}, {high}]"


def format_number(value: float) -> str:
    """Returns three decimals for correlations, four digits for larger values."""
    return f"{value:.3f}" if abs(value) < 10 or math.isnan(value) else f"{value:.4g}"


def format_significance(significance: Significance) -> str:
    """Returns both tests of a pair of methods in one line."""
    words = {1: "better", 0: "not distinguishable from", -1: "worse"}
    d, f = significance.srocc, significance.residuals
    by_residuals = "no F-test, since a logistic fit failed"
    if f is not None:
        normal = "" if f.normal else ", residuals not normal"
        by_residuals = f"F-test {f.ratio:.3f}, p {f.p_value:.2g}{normal}"
    low, high = format_number(d.low), format_number(d.high)
    verdict = words[d.verdict] + (" than" if d.verdict else "")
    pair = f"{significance.first} {verdict} {significance.second}"
    return (
        f"{significance.dataset}: {pair}: SROCC {d.value:+.3f} "
        f"[{low}, {high}], p {d.p_value:.2g}; {by_residuals}; "
        f"n {significance.n}"
    )
