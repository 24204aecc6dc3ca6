"""The page of certificates has the checks of the package, and marks of all scorers."""

import runpy
from pathlib import Path

from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.result import thresholds
from tfiqa.methods import METHODS
from tfiqa.scoring.shipped import list_presets

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "write_certificates.py"))
TEXT = (DOCS / "certificates.md").read_text("utf-8")


def between(first, last):
    return TEXT.partition(first)[2].partition(last)[0].strip()


def test_the_thresholds_are_those_of_the_package():
    assert between("<!-- checks -->", "<!-- end of checks -->") == thresholds()


def test_each_column_is_a_scorer_with_all_checks():
    lines = between("<!-- table -->", "<!-- end of table -->").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert set(SCRIPT["EXAMPLES"]) <= set(METHODS)
    assert rows[0][1:]
    assert set(rows[0][1:]) <= {*SCRIPT["EXAMPLES"], *list_presets()}
    assert [row[0] for row in rows[2:-1]] == list(CHECKS)
    cells = [cell.strip("*") for row in rows[2:-1] for cell in row[1:]]
    bands = {cell.rpartition(" ")[2] for cell in cells}
    assert bands <= {"good", "acceptable", "bad", "-"}
