"""Parts of a list of files, for several machines."""

import hashlib
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """One of several parts, to which a path belongs by its name alone.

    A path is in the same part however many others there are: nothing is in two parts,
    or in none, if files are added while the first parts are done.

    Attributes:
        number: Which part, from 1.
        count: How many there are.
    """

    number: int
    count: int

    def __post_init__(self):
        if not 1 <= self.number <= self.count:
            raise ValueError(
                f"I/N with I from 1 to N is expected. Received: {self.number}/"
                f"{self.count}"
            )

    @classmethod
    def parsed(cls, text: str) -> "Shard":
        """Returns the part that a text such as `1/8` names."""
        number, slash, count = text.partition("/")
        if not (slash and number.isdecimal() and count.isdecimal()):
            raise ValueError(f"I/N, such as 1/8, is expected. Received: {text!r}")
        return cls(int(number), int(count))

    def __contains__(self, path: str) -> bool:
        digest = hashlib.sha256(os.fsencode(path)).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.number - 1
