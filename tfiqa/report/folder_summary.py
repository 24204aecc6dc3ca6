"""Summary of the scores of a folder, from rows that are seen once."""

import array
import heapq
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

SHOWN = 24  # Number of worst and of best images.
MOST_UNSCORED = 100  # Number of images without a score that are listed.

Row = Mapping[str, Any]


@dataclass
class FolderScores:
    """The scores of the images directly in one folder.

    Attributes:
        images: Number of images.
        scored: Number of images with a score.
        total: Sum of the scores.
        lowest: Lowest score.
        highest: Highest score.
    """

    images: int = 0
    scored: int = 0
    total: float = 0.0
    lowest: float = float("inf")
    highest: float = float("-inf")

    def add(self, score: float | None) -> None:
        """Adds the score of an image, None if it has none."""
        self.images += 1
        if score is not None:
            self.scored += 1
            self.total += score
            self.lowest = min(self.lowest, score)
            self.highest = max(self.highest, score)

    @property
    def mean(self) -> float:
        """The mean score, NaN without scores."""
        return self.total / self.scored if self.scored else float("nan")


class Extreme:
    """The rows with the highest keys; of equal keys, those that came first.

    Args:
        count: Maximum number of rows.
    """

    def __init__(self, count: int):
        self.count, self.seen = count, 0
        self._heap: list[tuple[float, int, Row]] = []

    def add(self, key: float, row: Row) -> None:
        """Adds a row, and drops the one with the lowest key if there are too many."""
        self.seen += 1
        push = heapq.heappush if len(self._heap) < self.count else heapq.heappushpop
        push(self._heap, (key, -self.seen, row))

    def rows(self) -> list[Row]:
        """Returns the rows, the highest key first."""
        return [row for _, _, row in sorted(self._heap, reverse=True)]


@dataclass
class Summary:
    """Everything that a report shows about rows, except thumbnails.

    Its size does not depend on the number of rows, apart from 8 bytes for each score
    and an entry for each folder.

    Attributes:
        scores: All scores.
        worst: The rows with the lowest scores.
        best: The rows with the highest scores.
        folders: The scores by folder.
        statuses: Number of rows by status.
        unscored: The first rows without a score.
    """

    scores: array.array = field(default_factory=lambda: array.array("d"))
    worst: Extreme = field(default_factory=lambda: Extreme(SHOWN))
    best: Extreme = field(default_factory=lambda: Extreme(SHOWN))
    folders: dict[str, FolderScores] = field(default_factory=dict)
    statuses: Counter = field(default_factory=Counter)
    unscored: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Adds a row."""
        score = row["score"]
        self.statuses[row["status"]] += 1
        folder = os.path.dirname(row["path"])
        self.folders.setdefault(folder, FolderScores()).add(score)
        if score is not None:
            self.scores.append(score)
            self.worst.add(-score, row)
            self.best.add(score, row)
        elif len(self.unscored) < MOST_UNSCORED:
            self.unscored.append(row)
