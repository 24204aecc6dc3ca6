"""Numbers from papers, each with the paper and its table, in `published.csv`."""

import csv
import dataclasses
import functools
from pathlib import Path

FILE = Path(__file__).with_name("published.csv")
# Protocols of papers that are shown beside ours. Papers repeat divisions, unlike one
# split of a database, but no published protocol is closer.
BESIDE = {
    "split": ("split", "repeats", "unsupervised"),
    "per_distortion": ("per_distortion", "repeats_per_distortion"),
}


@dataclasses.dataclass(frozen=True)
class Published:
    """A number from a paper.

    Attributes:
        protocol: A key of `PROTOCOLS`.
        dataset: Name of the database.
        method: A key of `METHODS`, or the paper's name of the method.
        of: Which images, as in a `Row`; empty if it does not matter.
        figure: Name of the figure.
        value: The number as printed.
        paper: Authors and venue.
        table: Table of the paper.
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
    """Returns all published numbers, in the order of the file."""
    with open(FILE, encoding="utf-8", newline="") as file:
        return tuple(
            Published(**{**row, "value": float(row["value"])})
            for row in csv.DictReader(file)
        )


def beside(protocol: str, dataset: str) -> list[Published]:
    """Returns the numbers from papers for a protocol and a database.

    Pools of pristine images are compared with the database `waterloo`. The
    configuration in the name of a dataset is ignored. A number that several papers
    print is that of the first one.
    """
    protocols = BESIDE.get(protocol, (protocol,))
    name = "waterloo" if protocol == "waterloo" else dataset.partition("/")[0]
    first: dict[tuple[object, ...], Published] = {}
    for number in numbers():
        if number.protocol in protocols and number.dataset == name:
            what = dataclasses.replace(number, paper="", table="")
            first.setdefault(dataclasses.astuple(what), number)
    return list(first.values())


def in_table(paper: str, table: str, protocol: str) -> list[Published]:
    """Returns the numbers of one table of a paper, in the order of the file."""
    return [
        number
        for number in numbers()
        if (number.paper, number.table, number.protocol) == (paper, table, protocol)
    ]
