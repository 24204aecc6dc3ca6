"""The page of certificates has the checks of the package, and marks of all scorers."""

import runpy
from pathlib import Path

import pytest

from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.result import thresholds
from tfiqa.methods import METHODS
from tfiqa.scoring.shipped import PRESETS
from tfiqa.scoring.shipped import list_presets
from tfiqa.scoring.stored_metadata import read_metadata

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "write_certificates.py"))
TEXT = (DOCS / "certificates.md").read_text("utf-8")


def between(first, last):
    return TEXT.partition(first)[2].partition(last)[0].strip()


def test_the_thresholds_are_those_of_the_package():
    assert between("<!-- checks -->", "<!-- end of checks -->") == thresholds()


def rows_of(lines):
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_each_column_is_a_scorer_with_all_checks():
    rows = rows_of(between("<!-- table -->", "<!-- end of table -->").splitlines())
    assert set(SCRIPT["EXAMPLES"]) <= set(METHODS)
    assert rows[0][1:]
    assert set(rows[0][1:]) <= {*SCRIPT["EXAMPLES"], *list_presets()}
    assert [row[0] for row in rows[2:-1]] == list(CHECKS)
    cells = [cell.strip("*") for row in rows[2:-1] for cell in row[1:]]
    bands = {cell.rpartition(" ")[2] for cell in cells}
    assert bands <= {"good", "acceptable", "bad", "-"}


@pytest.mark.parametrize("name", list_presets())
def test_the_certificate_of_a_preset_is_in_its_file_its_card_and_the_table(name):
    path = PRESETS / f"{name}.keras"
    card = path.with_suffix(".md").read_text("utf-8").partition("## Certificate")[2]
    marks = [row for row in rows_of(card.splitlines()) if row and row[0] in CHECKS]
    header, _, *rows = rows_of(
        between("<!-- table -->", "<!-- end of table -->").splitlines()
    )
    column = header.index(name)
    assert {row[0]: row[2] for row in marks} == {
        row[0]: row[column] for row in rows if row[0] in CHECKS
    }
    bad = read_metadata(path)["certificate"]["bad"]
    assert [row[0] for row in marks if row[2].endswith("bad**")] == bad
