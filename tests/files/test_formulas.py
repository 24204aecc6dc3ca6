"""Cells of CSV that spreadsheets would run: none is written."""

import csv

import pytest

from tfiqa.cli.rows import kept_rows
from tfiqa.cli.rows import partial_of
from tfiqa.cli.rows import sink
from tfiqa.data.score_table import read_scores
from tfiqa.files.csv_rows import harmless
from tfiqa.files.csv_rows import restored

HOSTILE = ["=1+1.png", "+1.png", "-1.png", "@SUM(A1).png", "\tx.png", "\r=1.png"]
OTHERS = ["a=1.png", "./a.png", "'quoted.png", "", "./=1.png", "././-1.png"]
REST = {"score": None, "status": "missing", "width": None, "height": None}
REST |= {"covered": None, "reason": "no such file", "notes": ""}


@pytest.mark.parametrize("text", [*HOSTILE, *OTHERS])
def test_text_comes_back(text):
    assert restored(harmless(text)) == text
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_paths_in_rows_are_no_formulas_and_resume(tmp_path, suffix):
    output, paths = tmp_path / f"x{suffix}", [*HOSTILE, *OTHERS]
    with sink(output) as (write, _):
        for path in paths:
            write({"path": path, **REST})
    output.rename(partial_of(output))
    for _ in range(2):  # Resuming leaves them as they are.
        assert [row["path"] for row in kept_rows(partial_of(output))] == paths
    if suffix == ".csv":
        with partial_of(output).open(newline="") as file:
            cells = [row["path"] for row in csv.DictReader(file)]
        assert cells[: len(HOSTILE)] == [f"./{path}" for path in HOSTILE]
        assert cells[len(HOSTILE) : -2] == OTHERS[:-2]


def test_scores_of_pictures_with_such_names_are_read(tmp_path):
    table = tmp_path / "scores.csv"
    table.write_text("image_id,score\n'=1.png,3\n'b.png,4\n")
    assert read_scores(table).names == ("=1.png", "'b.png")
