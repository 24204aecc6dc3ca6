"""What an evaluation found: rows of figures, to be printed and written."""

import contextlib
import dataclasses
import math
import traceback
from collections.abc import Iterator

import numpy as np

from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.protocols.gmad import Competition
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.comparison import Result
from tfiqa.metrics.significance import Difference
from tfiqa.metrics.significance import VarianceRatio

BOOTSTRAP = "95 % bootstrap"
RANGE = "range over divisions"


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
        errors: What could not be measured, and why.
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
    errors: list[str] = dataclasses.field(default_factory=list)

    def hint(self, line: str) -> None:
        """Adds a hint, once."""
        if line not in self.hints:
            self.hints.append(line)

    @contextlib.contextmanager
    def attempt(self, *what: str) -> Iterator[None]:
        """Makes a line of an error inside, so that what else was found stays.

        Errors that nobody foresaw are told in whole on the standard error stream, too.
        """
        try:
            yield
        except (OSError, TypeError, ValueError) as error:
            self.errors.append(f"Not measured: {', '.join(what)}: {error}")
        except Exception as error:
            traceback.print_exc()
            told = f"{type(error).__name__}: {error}"
            self.errors.append(f"Not measured: {', '.join(what)}: {told}")

    @property
    def told(self) -> list[str]:
        """Hints, and what could not be measured."""
        return [*self.hints, *self.errors]

    def lines(self) -> list[str]:
        """Returns a table for each protocol, then what else there is to tell."""
        lines: list[str] = []
        for protocol in dict.fromkeys(row.protocol for row in self.rows):
            rows = [row for row in self.rows if row.protocol == protocol]
            lines += [f"{protocol} ({rows[0].interval})", *table(rows), ""]
        if self.significance:
            lines += ["significance", *map(told, self.significance), ""]
        return [*lines, *self.told]


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
