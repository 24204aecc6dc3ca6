"""A certificate: all marks of a scorer, for people, for programs and for its file."""

import dataclasses
import math
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa import __version__
from tfiqa.evaluation.certificate.bands import ACCEPTABLE
from tfiqa.evaluation.certificate.bands import BAD
from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.bands import GOOD
from tfiqa.evaluation.certificate.bands import NOT_MEASURED
from tfiqa.evaluation.certificate.bands import Mark


@dataclasses.dataclass(frozen=True)
class Certificate:
    """All marks of a scorer.

    Attributes:
        name: Its file, or the name of a preset.
        marks: One for each check, in the order of `CHECKS`.
        scenes: Number of scenes that were measured on.
        material: What the scenes are: `"generated"`, or the name of a folder.
    """

    name: str
    marks: tuple[Mark, ...]
    scenes: int
    material: str

    @classmethod
    def from_json(cls, known: dict[str, Any]) -> "Certificate":
        """Returns the certificate that `as_json` described."""
        marks = [
            Mark(
                row["check"],
                math.nan if row["value"] is None else row["value"],
                row["note"],
                measured=row["band"] != NOT_MEASURED,
                passed=row["value"] is None and row["band"] == GOOD,
            )
            for row in known["marks"]
        ]
        return cls(known["name"], tuple(marks), known["scenes"], known["material"])

    def of_band(self, band: str) -> list[str]:
        """Returns the names of the checks in a band."""
        return [mark.check for mark in self.marks if mark.band == band]

    def lines(self) -> list[str]:
        """Returns the report for a terminal."""
        rows = [
            (mark.band, mark.check, _number(mark.value), _limits(mark), mark.note)
            for mark in self.marks
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        body = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
        counts = ", ".join(
            f"{len(self.of_band(band))} {band}"
            for band in (GOOD, ACCEPTABLE, BAD, NOT_MEASURED)
        )
        return [f"{self.name}: {counts}", *body]

    def as_json(self) -> dict[str, Any]:
        """Returns all that is known, ready for JSON; None for values without one."""
        return {
            "name": self.name,
            "version": __version__,
            "scenes": self.scenes,
            "material": self.material,
            "marks": [
                {
                    "check": mark.check,
                    "group": CHECKS[mark.check].group,
                    "what": CHECKS[mark.check].what,
                    "band": mark.band,
                    "value": _finite(mark.value),
                    "good": CHECKS[mark.check].good,
                    "acceptable": CHECKS[mark.check].acceptable,
                    "note": mark.note,
                    "reason": CHECKS[mark.check].reason,
                }
                for mark in self.marks
            ],
        }

    def for_metadata(self) -> dict[str, Any]:
        """Returns the short form that a scorer carries in its metadata."""
        return {
            "version": __version__,
            "scenes": self.scenes,
            "material": self.material,
            "bad": self.of_band(BAD),
            "values": {
                mark.check: _finite(mark.value, digits=4)
                for mark in self.marks
                if mark.band != NOT_MEASURED
            },
        }

    def section(self) -> str:
        """Returns the section of the card, Markdown."""
        rows = [
            _row([mark.check, CHECKS[mark.check].what, _cell(mark), mark.note])
            for mark in self.marks
        ]
        return "\n".join(
            [
                f"Written by `python -m tfiqa.certify` of tfiqa {__version__}, with "
                f"{self.scenes} scenes ({self.material}).",
                "",
                _row(["check", "value", "mark", "note"]),
                _row(["---"] * 4),
                *rows,
            ]
        )


def table(certificates: Sequence[Certificate]) -> str:
    """Returns a table of certificates, Markdown: checks by scorers."""
    heads = [Path(certificate.name).stem for certificate in certificates]
    lines = [_row(["check", *heads]), _row(["---"] * (1 + len(heads)))]
    for number, check in enumerate(CHECKS):
        cells = [_cell(certificate.marks[number]) for certificate in certificates]
        lines.append(_row([check, *cells]))
    counts = [len(certificate.of_band(BAD)) for certificate in certificates]
    return "\n".join([*lines, _row(["**bad marks**", *map(str, counts)])])


def thresholds() -> str:
    """Returns the table of all checks with their thresholds, Markdown."""
    lines = [_row(["check", "value", "good", "acceptable", "reason"])]
    lines.append(_row(["---"] * 5))
    for name, check in CHECKS.items():
        sign = "≥" if check.higher else "≤"
        limits = f"{sign} {check.good:g}", f"{sign} {check.acceptable:g}"
        lines.append(_row([name, check.what, *limits, check.reason]))
    return "\n".join(lines)


def _padded(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Returns cells of at least these widths; the last one stays as it is."""
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=False)]
    return [*padded, *cells[len(widths) :]]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(mark: Mark) -> str:
    """Returns a mark for a table: bold where it is bad."""
    if mark.band == NOT_MEASURED:
        return "-"
    text = f"{_number(mark.value)} {mark.band}"
    return f"**{text}**" if mark.band == BAD else text


def _number(value: float) -> str:
    if math.isnan(value):
        return "none"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _limits(mark: Mark) -> str:
    check = CHECKS[mark.check]
    return f"({'≥' if check.higher else '≤'} {check.good:g}, {check.acceptable:g})"


def _finite(value: float, digits: int = 6) -> float | None:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None
