"""A gate: a threshold on scores, and the images below it."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import TypeVar

from tfiqa.decisions.columns import values_of

Row = TypeVar("Row")


def is_below(row: object, threshold: float, *, confident: bool = False) -> bool:
    """Returns whether the score of an image is below a threshold.

    An image without a score is not below.

    Args:
        row: A row of `tfiqa.score_files`, or a mapping with the same keys.
        threshold: The threshold, in the units of the score.
        confident: Whether the upper end of the interval must be below, not only the
            score. The rows need intervals.

    Example:
        >>> rows = list(tfiqa.score_files("photos/"))
        >>> rejected = [row for row in rows if tfiqa.decisions.is_below(row, 40)]
    """
    value = values_of(row)["high" if confident else "score"]
    return value is not None and value < threshold


class Gate:
    """Counts the rows of a stream that are below a threshold.

    Args:
        threshold: See `is_below`.
        confident: See `is_below`.

    Attributes:
        below: Number of rows below the threshold.
        scored: Number of rows with a score.
    """

    def __init__(self, threshold: float, *, confident: bool = False):
        self.threshold, self.confident = threshold, confident
        self.below = self.scored = 0

    def watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows unchanged, and counts them."""
        for row in rows:
            self.scored += values_of(row)["score"] is not None
            self.below += self.is_below(row)
            yield row

    def is_below(self, row: object) -> bool:
        """Returns whether a row is below the threshold."""
        return is_below(row, self.threshold, confident=self.confident)

    def passes(self, row: object) -> bool:
        """Returns whether an image has a score that is not below the threshold."""
        return values_of(row)["score"] is not None and not self.is_below(row)

    def summary(self) -> str:
        """Returns a line for the user."""
        how = "entirely below" if self.confident else "below"
        return f"{self.below:,} of {self.scored:,} images {how} {self.threshold:g}"
