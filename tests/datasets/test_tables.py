"""Tables as they are published: encodings, line ends, spreadsheets, MATLAB."""

import math

import pytest
import scipy.io

from tests.datasets import layouts
from tfiqa.datasets import tables


@pytest.mark.parametrize(
    ("text", "value"), [("1.5", 1.5), (" 2 ", 2.0), ("1e1", 10.0), ("-3", -3.0)]
)
def test_reads_numbers(text, value):
    assert tables.number(text) == value


@pytest.mark.parametrize("text", ["", None, "good", "1,5", "nan"])
def test_what_is_no_number_is_nan(text):
    assert math.isnan(tables.number(text))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_reads_tables_as_they_are_published(tmp_path, encoding, end):
    path = tmp_path / "table.csv"
    lines = ["name, mos,,", '"é, 1.png",0.5,,', "", ",,,", 'b.png, "0.25",,', ""]
    path.write_bytes(end.join(lines).encode(encoding))
    rows = tables.read_csv(path, ("name", "mos"))
    assert [(row["name"], row["mos"]) for row in rows] == [
        ("é, 1.png", "0.5"),
        ("b.png", "0.25"),
    ]


def test_short_rows_have_fewer_cells(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("name,mos,std\na.png,1\n")
    assert tables.read_csv(path, ("name",)) == [{"name": "a.png", "mos": "1"}]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        (
            "name,score\na,1\n",
            r"'name', 'mos'\] are expected .*Received: \['name', 'score'",
        ),
        ("", "Received: none"),
        ("name,mos\n", "the header alone"),
    ],
)
def test_refuses_other_tables(tmp_path, text, match):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=match):
        tables.read_csv(path, ("name", "mos"))


def test_finds_the_header_of_a_sheet(tmp_path):
    path = tmp_path / "table.xlsx"
    rows = [
        ["A title"],
        [],
        [None, "name ", "mos"],
        [None, "a.png", 1.5],
        [None, "", ""],
    ]
    layouts.write_sheet(path, rows, sheet="scores")
    expected = [{None: None, "name": "a.png", "mos": 1.5}]
    assert tables.read_sheet(path, ("name", "mos")) == expected
    assert tables.read_sheet(path, ("mos",), sheet="scores") == expected
    with pytest.raises(ValueError, match=r"'ratings' is .*\['scores'\]"):
        tables.read_sheet(path, ("name",), sheet="ratings")
    with pytest.raises(ValueError, match=r"\['image'\] are .*\['A title'\]"):
        tables.read_sheet(path, ("image",))


def test_a_sheet_without_rows_is_refused(tmp_path):
    path = tmp_path / "table.xlsx"
    layouts.write_sheet(path, [["name", "mos"]])
    with pytest.raises(ValueError, match="the header alone"):
        tables.read_sheet(path, ("name",))


@pytest.mark.parametrize(
    "cells",
    [
        layouts.cells(["a.bmp", "b.bmp"]),
        layouts.cells(["a.bmp", "b.bmp"], row=True),
        layouts.cells(["a.bmp", "b.bmp"], nested=True),
    ],
    ids=["column", "row", "nested"],
)
def test_reads_cell_arrays_whichever_way_they_lie(tmp_path, cells):
    scipy.io.savemat(tmp_path / "names.mat", {"names": cells})
    assert tables.read_mat(tmp_path / "names.mat", "names") == ["a.bmp", "b.bmp"]
    with pytest.raises(ValueError, match=r"'scores' is .*\['names'\]"):
        tables.read_mat(tmp_path / "names.mat", "scores")


def test_reads_words_of_lines(tmp_path):
    path = tmp_path / "mos.txt"
    path.write_bytes("\ufeff1.5  a.bmp\r\n\r\n2 b.bmp\r\n".encode())
    assert tables.read_words(path, count=2) == [["1.5", "a.bmp"], ["2", "b.bmp"]]
    with pytest.raises(ValueError, match=r"3 words .*mos\.txt.* line 1 with 2"):
        tables.read_words(path, count=3)
    path.write_text("\n")
    with pytest.raises(ValueError, match="Received: none"):
        tables.read_words(path, count=1)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".mat"])
def test_files_that_are_cut_are_named(tmp_path, suffix):
    path = tmp_path / f"scores{suffix}"
    path.write_bytes(b"PK\x03\x04 and no more")
    read = tables.read_mat if suffix == ".mat" else tables.read_sheet
    with pytest.raises(ValueError, match=rf"A complete {suffix} file .*scores{suffix}"):
        read(path, "mos")


def test_text_of_another_encoding_is_named(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes("name,mos\né.png,1\n".encode("utf-16"))
    with pytest.raises(ValueError, match=r"A complete \.csv file .*scores\.csv"):
        tables.read_csv(path, ("name", "mos"))


def test_rows_that_are_cut_have_empty_cells(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("name,mos\na.png,1\nb.p")
    assert tables.read_csv(path, ("name", "mos"))[1] == {"name": "b.p", "mos": ""}
