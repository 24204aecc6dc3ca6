"""Bursts: images of one scene taken in quick succession, and the best of each.

Images with a time belong together if the same camera took them at most `SECONDS` after
one another and are similar: their perceptual hashes differ in at most `BITS` bits.
Images without a time belong together if they follow each other in one folder and are
similar.
"""

import math
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from tfiqa.decisions.capture import Capture
from tfiqa.decisions.columns import values_of

SECONDS = 2.0  # EXIF times without fractions are up to a second off.
BITS = 10  # Of 64; unrelated images differ in about 32.

BEST, TIE, OTHER = "best", "tie", ""


def bursts_of(
    captures: Sequence[Capture],
    *,
    seconds: float = SECONDS,
    bits: int = BITS,
) -> list[list[int]]:
    """Returns the bursts among images: lists of indices, each index once.

    An image is compared with the one before it in its burst, so a burst may be longer
    than `seconds`. Bursts are ordered by their first image, as are images within one.

    Args:
        captures: When and how the images were taken.
        seconds: Longest time between neighboring images of a burst.
        bits: Largest number of bits in which their hashes may differ.
    """
    groups: list[list[int]] = []
    previous: Capture | None = None
    for index in sorted(range(len(captures)), key=lambda one: captures[one].order):
        capture = captures[index]
        if previous is not None and _belong(previous, capture, seconds, bits):
            groups[-1].append(index)
        else:
            groups.append([index])
        previous = capture
    return sorted((sorted(group) for group in groups), key=lambda group: group[0])


def _belong(first: Capture, second: Capture, seconds: float, bits: int) -> bool:
    return first.may_precede(second, seconds) and first.looks_like(second, bits)


def difference(first: object, second: object) -> tuple[float, float]:
    """Returns the interval of the difference between the MOS of two images.

    A score `s` with the interval `s - w` to `s + w` says that the error of `s` is at
    most `w` with the probability for which the scorer is calibrated. For two such
    errors that are independent, the difference of the scores is off by at most the root
    of `w1^2 + w2^2` with about the same probability: variances add. Errors on two
    images of one scene tend to have the same sign and partly cancel, so the interval is
    too wide rather than too narrow.

    Args:
        first: A row with `score`, `low` and `high`.
        second: Another one. Its score is subtracted.
    """
    one, other = values_of(first), values_of(second)
    middle = one["score"] - other["score"]
    half = math.hypot(_half_width(one), _half_width(other))
    return middle - half, middle + half


def _half_width(values: Mapping[str, Any]) -> float:
    """Returns half the width of an interval, one end of which may be clipped."""
    score = values["score"]
    return max(score - values["low"], values["high"] - score)


def choices(rows: Sequence[object]) -> list[str]:
    """Returns for each row of a burst whether to keep its image.

    `BEST` is the highest score. `TIE` means that the interval of its difference from
    the best includes zero: it may be as good. `OTHER` means neither.

    Args:
        rows: Rows with intervals, one or more.
    """
    scored = [index for index, row in enumerate(rows) if _score(row) is not None]
    labels = [OTHER] * len(rows)
    if not scored:
        return labels
    best = max(scored, key=lambda index: _score(rows[index]))
    for index in scored:
        low, _ = difference(rows[best], rows[index])
        labels[index] = BEST if index == best else TIE if low <= 0 else OTHER
    return labels


def grouped(
    rows: Iterable[object],
    captures: Sequence[Capture] | None = None,
    *,
    seconds: float = SECONDS,
    bits: int = BITS,
) -> Iterator[dict[str, Any]]:
    """Yields rows by burst, with the further columns `group` and `choice`.

    Bursts are numbered from 1. Within one, the best image is first. All rows are kept
    in memory.

    Args:
        rows: Rows with intervals, of `tfiqa.score_files(..., intervals=True)`.
        captures: When and how their images were taken; read from the files when None.
        seconds: See `bursts_of`.
        bits: See `bursts_of`.

    Raises:
        ImportError: If the package `imagehash` is not installed (`tfiqa[burst]`).

    Example:
        >>> rows = tfiqa.score_files("photos/", intervals=True)
        >>> for row in tfiqa.decisions.grouped(rows):
        ...     print(row["group"], row["choice"], row["path"])
    """
    kept = [dict(values_of(row)) for row in rows]
    if captures is None:
        from tfiqa.decisions.capture import captures_of

        captures = captures_of([row["path"] for row in kept], seconds=seconds)
    groups = bursts_of(captures, seconds=seconds, bits=bits)
    for number, group in enumerate(groups, 1):
        members = [kept[index] for index in group]
        for row, choice in zip(members, choices(members), strict=True):
            row |= {"group": number, "choice": choice}
        yield from sorted(members, key=_rank)


def _rank(row: Mapping[str, Any]) -> float:
    """Returns the sort key of a row in its burst: best first, missing scores last."""
    return math.inf if row["score"] is None else -row["score"]


def _score(row: object) -> Any:
    return values_of(row)["score"]
