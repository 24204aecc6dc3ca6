"""Tables as they are published: encodings, line ends, spreadsheets, MATLAB."""

import math

import pytest

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
