"""Comparison of what is with what was frozen: additions are allowed, nothing else."""

import math
from collections.abc import Iterator
from typing import Any

# Lists under these keys are sets of names: more may be there.
SETS = ("values", "registered", "datasets", "files")

# Figures of another processor differ in their last digits.
RTOL = 1e-3


def changes(frozen: Any, found: Any, where: str) -> Iterator[str]:
    """Yields a line for everything that is gone or different.

    Args:
        frozen: Records, lists, texts and numbers, as JSON has them.
        found: The same, as it is now; records may have more keys.
        where: Path of both, for the lines.
    """
    name = where.rpartition("/")[2]
    if isinstance(frozen, dict) and isinstance(found, dict):
        yield from (f"{where}/{key} is gone" for key in frozen if key not in found)
        for key in [key for key in frozen if key in found]:
            yield from changes(frozen[key], found[key], f"{where}/{key}")
    elif name in SETS:
        yield from (f"{where} has no {one}" for one in frozen if one not in found)
    elif name == "columns":
        kept = [one for one in found if one in frozen]
        if kept != frozen:
            yield f"{where} were {frozen}, are {found}"
    elif _are_lists(frozen, found) and len(frozen) == len(found):
        for number, (one, other) in enumerate(zip(frozen, found, strict=True)):
            yield from changes(one, other, f"{where}/{number}")
    elif not _alike(frozen, found):
        yield f"{where} was {frozen!r}, is {found!r}"


def _are_lists(frozen: Any, found: Any) -> bool:
    return isinstance(frozen, list) and isinstance(found, list)


def _alike(frozen: Any, found: Any) -> bool:
    """Returns whether two values are equal, or two fractions almost."""
    if isinstance(frozen, str) and isinstance(found, str) and "." in frozen:
        try:
            return math.isclose(float(frozen), float(found), rel_tol=RTOL)
        except ValueError:
            return frozen == found
    return type(frozen) is type(found) and frozen == found
