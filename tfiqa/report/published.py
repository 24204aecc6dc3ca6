"""Numbers that papers give, each with the paper and its table, in `published.csv`."""

import csv
import dataclasses
import functools
from pathlib import Path

FILE = Path(__file__).with_name("published.csv")
# Which protocols of papers are shown beside ours: papers repeat divisions, which one
# part of a database is not, but nothing comes nearer.
BESIDE = {"split": ("split", "repeats", "unsupervised")}


@dataclasses.dataclass(frozen=True)
class Published:
    """One number of a paper.

    Attributes:
        protocol: A key of `PROTOCOLS`.
        dataset: Name of the database.
        method: A key of `METHODS`, or what the paper calls it.
        of: Which pictures, as in a `Row`; empty where it does not matter.
        figure: Name of the figure.
        value: As printed.
        paper: Authors and place.
        table: Where in the paper.
    """

    protocol: str
    dataset: str
    method: str
    of: str
    figure: str
    value: float
    paper: str
    table: str

    @property
    def source(self) -> str:
        """The paper and its table."""
        return f"{self.paper}, {self.table}"


@functools.cache
def numbers() -> tuple[Published, ...]:
    """Returns all of them, in the order of the file."""
    with open(FILE, encoding="utf-8", newline="") as file:
        return tuple(
            Published(**{**row, "value": float(row["value"])})
            for row in csv.DictReader(file)
        )


def beside(protocol: str, dataset: str) -> list[Published]:
    """Returns the numbers of papers for a protocol and a database.

    Pools of pristine pictures are compared with the database `waterloo`, and the name
    of a configuration of a dataset does not count.
    """
    protocols = BESIDE.get(protocol, (protocol,))
    name = "waterloo" if protocol == "waterloo" else dataset.partition("/")[0]
    return [
        one for one in numbers() if one.protocol in protocols and one.dataset == name
    ]
