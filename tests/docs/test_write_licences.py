"""The page of licences lists what the project declares."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "write_licences.py"))
PAGE = (DOCS / "licences.md").read_text("utf-8")


def test_every_declared_package_has_its_extras_and_a_licence():
    table = PAGE.split("## Declared")[1].split("## Installed")[0]
    found = {}
    for line in table.splitlines()[4:]:
        if line:
            name, places, licence = (cell.strip() for cell in line.split("|")[1:-1])
            found[name.strip("`")] = places
            assert licence, f"{name}: run `python docs/write_licences.py`."
    assert found == {
        name: ", ".join(f"`[{extra}]`" if extra else "tfiqa" for extra in extras)
        for name, extras in SCRIPT["declared"]().items()
    }


def test_a_package_that_is_not_installed_keeps_its_row():
    assert SCRIPT["rows"](SCRIPT["written"](PAGE, {})).keys() == set(
        SCRIPT["declared"]()
    )
    row = "| `keras` | tfiqa | Apache-2.0 |"
    assert row in PAGE
    assert row in SCRIPT["written"](PAGE, {})


class Distribution:
    """What the script reads of a package."""

    def __init__(self, folder, metadata, licence=""):
        self.metadata = Metadata(metadata)
        (folder / "LICENSE").write_text(licence)
        self.files = [Path(folder / "LICENSE")]


class Metadata(dict):
    def get_all(self, name):
        return self.get(name)


@pytest.mark.parametrize(
    ("metadata", "file", "licence"),
    [
        ({"License-Expression": "MIT", "License": "x"}, "", "MIT"),
        ({"Classifier": ["License :: OSI Approved :: BSD License"]}, "", "BSD"),
        ({"Classifier": ["Typing :: Typed"], "License": "ISC\nmore"}, "", "ISC"),
        (
            {"License": "UNKNOWN"},
            "Under the Apache License, Version 2.0",
            "Apache-2.0 (by its file)",
        ),
        ({}, "no name", "not stated"),
    ],
)
def test_where_a_licence_is_stated(metadata, file, licence, tmp_path):
    assert SCRIPT["licence"](Distribution(tmp_path, metadata, file)) == licence
