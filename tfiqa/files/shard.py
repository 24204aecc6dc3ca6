"""Parts of a list of files, to divide work between machines."""

import hashlib
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """One of `count` parts, to which a path belongs by its name alone.

    Other paths do not matter: if files are added while some parts are processed, every
    path is still in exactly one part.

    Attributes:
        number: Number of the part, from 1.
        count: Number of parts.
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
