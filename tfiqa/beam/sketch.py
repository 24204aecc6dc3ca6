"""Quantiles of any number of scores in a few hundred counters, which can be merged.

Reference: Masson, Rim and Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch
with Relative-Error Guarantees", VLDB 2019.
"""

import collections
import math
from collections.abc import Iterable
from collections.abc import Mapping

# Quantiles have this relative error at most.
ERROR = 0.01
_BASE = (1 + ERROR) / (1 - ERROR)
_SMALLEST = 1e-9  # Smaller values count as zero.


class Sketch:
    """Counts values by their logarithm.

    Attributes:
        counts: Number of values by bin: `n` for those from `_BASE**(n-1)` to
            `_BASE**n`, `-n` below zero, each preceded by the sign; `"0"` for zeros.
        lowest: The lowest value; infinity if there is none.
        highest: The highest value.
    """

    def __init__(self, values: Iterable[float] = ()):
        self.counts: collections.Counter[str] = collections.Counter()
        self.lowest, self.highest = math.inf, -math.inf
        for value in values:
            self.add(value)

    def add(self, value: float) -> None:
        """Adds a finite value."""
        self.counts[_bin(value)] += 1
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)

    def merge(self, other: "Sketch") -> None:
        """Adds all values of another sketch."""
        self.counts.update(other.counts)
        self.lowest = min(self.lowest, other.lowest)
        self.highest = max(self.highest, other.highest)

    def quantile(self, share: float) -> float:
        """Returns a quantile, with a relative error of at most `ERROR`.

        Args:
            share: From 0, the lowest value, to 1, the highest.
        """
        total = self.counts.total()
        if not total:
            return math.nan
        if share in (0, 1):
            return self.highest if share else self.lowest
        rank, seen = share * (total - 1), 0
        for name in sorted(self.counts, key=_middle):
            seen += self.counts[name]
            if seen > rank:
                return min(max(_middle(name), self.lowest), self.highest)
        return self.highest

    def to_json(self) -> dict:
        """Returns the sketch, ready for JSON."""
        if not self.counts:
            return {}
        ends = {"lowest": self.lowest, "highest": self.highest}
        return {"counts": dict(sorted(self.counts.items())), **ends}

    @classmethod
    def from_json(cls, content: Mapping) -> "Sketch":
        """Returns the sketch that `to_json` described."""
        sketch = cls()
        if content:
            sketch.counts.update(content["counts"])
            sketch.lowest, sketch.highest = content["lowest"], content["highest"]
        return sketch


def _bin(value: float) -> str:
    if abs(value) < _SMALLEST:
        return "0"
    number = math.ceil(math.log(abs(value), _BASE))
    return f"{'-' if value < 0 else '+'}{number}"


def _middle(name: str) -> float:
    if name == "0":
        return 0.0
    size = 2 * _BASE ** int(name[1:]) / (_BASE + 1)
    return -size if name[0] == "-" else size
