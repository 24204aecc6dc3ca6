"""The page of a folder: scores, the worst and the best images, and subfolders."""

import os
import urllib.parse
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa.cli.text import printable
from tfiqa.report import html
from tfiqa.report.folder_style import STYLE
from tfiqa.report.folder_summary import FolderScores
from tfiqa.report.folder_summary import Summary
from tfiqa.report.histogram import histogram

MOST_FOLDERS = 200  # Number of folders in the table.

Row = Mapping[str, Any]
Section = tuple[str, list[html.Safe]]


@dataclass(frozen=True)
class Detail:
    """What is known about one of the worst images besides its score.

    Attributes:
        reason: What is wrong with it; empty if unknown.
        quality_map: JPEG of the image beside its map; empty if there is none.
    """

    reason: str = ""
    quality_map: bytes = b""


def page_of(
    summary: Summary,
    folder: Path,
    thumbnail: Callable[[str], bytes],
    details: Mapping[str, Detail],
    *,
    threshold: float | None = None,
) -> str:
    """Returns the page, which needs no other file.

    Links lead to the images themselves, relative to `folder`.

    Args:
        summary: The rows.
        folder: Folder in which the page will be.
        thumbnail: Returns a small JPEG of the image at a path; empty if it has none.
        details: What else is known about images, by path.
        threshold: A score to mark in the histogram.
    """

    def cards(rows: list[Row]) -> html.Safe:
        drawn = (
            _card(row, folder, thumbnail(row["path"]), details.get(row["path"]))
            for row in rows
        )
        return html.element("div", *drawn, class_="grid")

    sections: list[Section] = [("Scores", _overview(summary, threshold))]
    if summary.scores:
        sections.append(("Worst", [cards(summary.worst.rows())]))
        sections.append(("Best", [cards(summary.best.rows())]))
    maps = [row for row in summary.worst.rows() if _has_map(row, details)]
    if maps:
        drawn = [_map(row, folder, details[row["path"]]) for row in maps]
        grid = html.element("div", *drawn, class_="grid maps")
        sections.append(("Maps of the worst", [grid]))
    sections.append(("By folder", _by_folder(summary)))
    if summary.unscored:
        sections.append(("Without a score", _unscored(summary)))
    title = f"Image quality: {summary.statuses.total():,} images"
    return html.document(title, sections, style=STYLE)


def _has_map(row: Row, details: Mapping[str, Detail]) -> bool:
    return bool(details.get(row["path"], Detail()).quality_map)


def _overview(summary: Summary, threshold: float | None) -> list[html.Safe]:
    scores = np.asarray(summary.scores)
    facts = {"images": f"{summary.statuses.total():,}", "scored": f"{len(scores):,}"}
    if not len(scores):
        return [_facts(facts)]
    quartiles = np.quantile(scores, [0, 0.25, 0.5, 0.75, 1])
    names = ("lowest", "lower quartile", "median", "upper quartile", "highest")
    facts |= {name: number(value) for name, value in zip(names, quartiles, strict=True)}
    if threshold is not None:
        facts[f"below {threshold:g}"] = f"{int(np.sum(scores < threshold)):,}"
    return [_facts(facts), histogram(summary.scores, threshold=threshold)]


def _facts(facts: Mapping[str, str]) -> html.Safe:
    pairs = (
        html.element("div", html.element("b", value), html.element("span", name))
        for name, value in facts.items()
    )
    return html.element("div", *pairs, class_="facts")


def number(score: float) -> str:
    """Returns a score with three digits, more above 100."""
    return f"{score:.1f}" if abs(score) >= 10 else f"{score:.2f}"


def _card(row: Row, folder: Path, thumbnail: bytes, detail: Detail | None) -> html.Safe:
    name = printable(os.path.basename(row["path"]))
    image = html.element("span", "no preview")
    if thumbnail:
        image = html.image(thumbnail, alt=name, kind="jpeg", loading="lazy")
    parts = [html.element("b", number(row["score"]))]
    if row.get("low") is not None:
        ends = f" {number(row['low'])} to {number(row['high'])}"
        parts.append(html.element("span", ends, class_="note"))
    parts.append(html.element("bdi", name, class_="name"))
    if row.get("width"):
        size = f"{row['width']:,} x {row['height']:,} pixels"
        parts.append(html.element("span", size, class_="note"))
    if detail is not None and detail.reason:
        parts.append(html.element("span", detail.reason, class_="why"))
    return _framed(row["path"], folder, image, html.element("figcaption", *parts))


def _map(row: Row, folder: Path, detail: Detail) -> html.Safe:
    name = printable(os.path.basename(row["path"]))
    image = html.image(detail.quality_map, alt=name, kind="jpeg", loading="lazy")
    caption = html.element("figcaption", html.element("bdi", name, class_="name"))
    return _framed(row["path"], folder, image, caption)


def _framed(path: str, folder: Path, image: html.Safe, caption: html.Safe) -> html.Safe:
    address = relative_address(path, folder)
    attributes = {"class_": "image", "title": printable(path)}
    if address:
        image = html.element("a", image, href=address, **attributes)
    else:
        image = html.element("span", image, **attributes)
    return html.element("figure", image, caption, class_="card")


def relative_address(path: str, folder: Path) -> str:
    """Returns the link from a page to a file, empty if there is none.

    All characters that mean something in an address are escaped, so that no name can be
    taken for a scheme or a query.

    Args:
        path: The file.
        folder: Folder of the page.
    """
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # Another drive, or a NUL in the path.
        return ""
    return urllib.parse.quote(os.fsencode(relative.replace(os.sep, "/")))


def _by_folder(summary: Summary) -> list[html.Safe]:
    folders = sorted(summary.folders.items(), key=lambda one: _order(one[1]))
    scores = np.asarray(summary.scores)
    ends = (scores.min(), scores.max()) if len(scores) else (0.0, 1.0)
    rows = [
        (
            html.element("bdi", printable(name or os.curdir)),
            f"{found.images:,}",
            f"{found.scored:,}",
            *(number(v) if found.scored else "" for v in _values(found)),
            _range(found, *ends) if found.scored else "",
        )
        for name, found in folders[:MOST_FOLDERS]
    ]
    heading = ["folder", "images", "scored", "mean", "lowest", "highest", "range"]
    table = html.table(heading, rows)
    return [table, *_more(len(folders) - len(rows), "folders, with higher means")]


def _order(found: FolderScores) -> tuple[bool, float]:
    return found.scored == 0, found.mean if found.scored else 0.0


def _values(found: FolderScores) -> Iterator[float]:
    yield from (found.mean, found.lowest, found.highest)


def _range(found: FolderScores, low: float, high: float) -> html.Safe:
    """Returns a line from the lowest to the highest score, and a dot at the mean."""
    first, last, middle = (
        f"{2 + 196 * (value - low) / ((high - low) or 1):.1f}"
        for value in (found.lowest, found.highest, found.mean)
    )
    line = html.element("line", x1=first, x2=last, y1="6", y2="6")
    dot = html.element("circle", cx=middle, cy="6", r="4")
    return html.element("svg", line, dot, class_="range", viewBox="-4 0 208 12")


def _unscored(summary: Summary) -> list[html.Safe]:
    rows = [
        (
            html.element("bdi", printable(row["path"])),
            row["status"],
            printable(row["reason"]),
        )
        for row in summary.unscored
    ]
    count = summary.statuses.total() - len(summary.scores)
    table = html.table(["image", "status", "reason"], rows)
    return [table, *_more(count - len(rows), "images")]


def _more(count: int, what: str) -> list[html.Safe]:
    return [html.element("p", f"And {count:,} more {what}.")] if count > 0 else []
