"""Tables of facts about databases: what papers print, and what our builders state."""

import csv
import functools
from pathlib import Path

from tfiqa.data.builders import builder_of
from tfiqa.reproduction.targets import Target

FILE = Path(__file__).with_name("databases.csv")
HEADING = ("database", "fact", "paper", "ours", "note")
# Facts of `datasets.database.Facts`, by their names in the file.
FIELDS = {"year": "year", "contents": "contents", "images": "images"}


@functools.cache
def printed() -> tuple[dict[str, str], ...]:
    """Returns the lines of the file: table, dataset, fact, value and note."""
    with open(FILE, encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def rows(target: Target) -> list[tuple[str, ...]]:
    """Returns what a table prints, with what our builder of the database states."""
    return [
        (line["dataset"], line["fact"], line["value"], _ours(line), line["note"])
        for line in printed()
        if line["table"] == target.key
    ]


def _ours(line: dict[str, str]) -> str:
    name = line["dataset"]
    facts = builder_of(name).facts
    value = getattr(facts, FIELDS[line["fact"]])
    return str(facts.images if value is None else value)
