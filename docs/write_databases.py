"""Writes `databases.md` from the builders of `datasets/`.

python docs/write_databases.py
"""

import importlib
from pathlib import Path

from tfiqa.data.builders import names

PATH = Path(__file__).with_name("databases.md")
INTRODUCTION = """\
# Databases

Written by `docs/write_databases.py` from the builders in `datasets/`; change those.

`python -m tfiqa.prepare --check NAME --manual_dir DIR` reports what is wrong with the
published files; without `--check` it builds the dataset from them. Layouts, licenses
and quirks are in the README of each folder of `datasets/`.

A score is stored as it was published; `tfiqa.data.load` reverses it within its range
if lower is better. Datasets without official parts are divided 70/10/20 by content.

`tfds.load("koniq10k")` finds these datasets after `tfiqa.data.registration.register()`.
"""
SCORED = (
    "name",
    "database",
    "year",
    "contents",
    "images",
    "distortions",
    "ratings per image",
    "environment",
    "score",
    "range",
    "better is",
    "official parts",
)
UNSCORED = ("name", "database", "year", "images", "distortions", "parts")


def text() -> str:
    """Returns the page."""
    known = {name: facts for name in names() if (facts := facts_of(name))}
    scored = {name: facts for name, facts in known.items() if facts.range}
    unscored = {name: facts for name, facts in known.items() if not facts.range}
    return "\n".join(
        [
            INTRODUCTION,
            "## With scores\n",
            *table(SCORED, [scored_row(*item) for item in scored.items()]),
            "\n## Without scores\n",
            *table(UNSCORED, [unscored_row(*item) for item in unscored.items()]),
            "\n## Where to get them\n",
            *(f"- `{name}`: <{facts.url}>" for name, facts in known.items()),
            "",
        ]
    )


def facts_of(name: str):
    """Returns the facts of a published database, or None for any other dataset."""
    module = f"tfiqa.datasets.{name}.{name}_dataset_builder"
    return getattr(importlib.import_module(module).Builder, "FACTS", None)


def scored_row(name: str, facts) -> list[str]:
    """Returns the cells of a database with scores."""
    lowest, highest = facts.range
    return [
        f"[`{name}`](../datasets/{name}/README.md)",
        facts.title,
        str(facts.year),
        f"{facts.contents:,}" if facts.contents else "as many",
        f"{facts.images:,}",
        facts.distortions,
        facts.ratings,
        facts.environment,
        facts.unit,
        f"{lowest:g} to {highest:g}",
        "higher" if facts.higher_is_better else "lower",
        parts(facts),
    ]


def unscored_row(name: str, facts) -> list[str]:
    """Returns the cells of a database without scores."""
    return [
        f"[`{name}`](../datasets/{name}/README.md)",
        facts.title,
        str(facts.year),
        f"{facts.images:,}",
        facts.distortions,
        parts(facts),
    ]


def parts(facts) -> str:
    """Returns the official parts, with their sizes if known."""
    descriptions = [
        part if count is None else f"{part} {count:,}"
        for part, count in facts.parts.items()
    ]
    return ", ".join(descriptions) or "none"


def table(header: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    """Returns the lines of a table."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


if __name__ == "__main__":
    PATH.write_text(text(), "utf-8")
