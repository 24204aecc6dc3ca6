"""Tests of tables of ratings and pairs: each wrong line is named."""

import pytest

from tfiqa.files.rating_rows import read_ratings


@pytest.fixture
def read(tmp_path):
    def read(text, encoding="utf-8"):
        path = tmp_path / "mos.csv"
        path.write_bytes(text.encode(encoding))
        return read_ratings(path)

    return read


def test_plain_rows(read):
    rows = read("image,mos\na.jpg,1\nb c.jpg,2.5\n")
    assert (rows.images, rows.mos) == (["a.jpg", "b c.jpg"], [1.0, 2.5])
    assert (rows.lines, rows.contents) == ([2, 3], ["", ""])
    assert not rows.are_pairs
    assert (rows.faults, rows.notes) == ({}, [])


def test_each_wrong_line_is_named(read):
    rows = read(
        "image,mos,reference\n"
        "a.jpg,1,x\n"
        ",2,x\n"
        "b.jpg,,x\n"
        "c.jpg,good,x\n"
        "d.jpg,nan,x\n"
        "\n"
        "e.jpg,3\n"
        "f.jpg,4,y,,\n"
        "g.jpg,inf,x\n"
    )
    assert rows.images == ["a.jpg", "f.jpg"]
    assert rows.contents == ["x", "y"]
    assert rows.faults == {
        3: "no image",
        4: "no MOS of 'b.jpg'",
        5: "'good' of 'c.jpg' is no finite number",
        6: "'nan' of 'd.jpg' is no finite number",
        8: "2 cells instead of 3",
        10: "'inf' of 'g.jpg' is no finite number",
    }


def test_doubled_rows_are_counted_and_their_mean_is_used(read):
    rows = read("image,mos\na,1\nb,2\na,1\na,4\nb,2\n")
    assert (rows.images, rows.mos) == (["a", "b"], [2.0, 2.0])
    assert (rows.repeated, rows.contradicting) == (2, 1)
    assert rows.faults == {
        4: "'a' again, as in line 2, with the same MOS",
        5: "'a' again, as in line 2, with MOS 4, not 1",
        6: "'b' again, as in line 3, with the same MOS",
    }


def test_semicolons_decimal_commas_and_a_byte_order_mark(read):
    rows = read("\ufeffImage;MOS\na,b.jpg;3,5\nc.jpg;4\n")
    assert (rows.images, rows.mos) == (["a,b.jpg", "c.jpg"], [3.5, 4.0])
    assert rows.notes == [
        "line 1 begins with a byte-order mark",
        "cells are separated by semicolons",
    ]


def test_a_quoted_line_break_counts_as_a_line(read):
    rows = read('image,mos\n"a\nb",1\nc,x\n')
    assert rows.images == ["a\nb"]
    assert list(rows.faults) == [4]


def test_pairs(read):
    rows = read("better,worse\na,b\nb,c\na,b\nb,a\nc,c\nc,\n")
    assert rows.are_pairs
    assert list(zip(rows.images, rows.worse, strict=True)) == [
        *(("a", "b"), ("b", "c"), ("a", "b"), ("b", "a"))
    ]
    assert (rows.repeated, rows.contradicting) == (1, 1)
    assert rows.faults == {
        6: "'c' is compared with itself",
        7: "an image is missing",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"columns `image` and `mos`.*line 1"),
        ("a.jpg,1\nb.jpg,2\n", r"columns `image` and `mos`.*line 1.*a\.jpg"),
        ("image,name,mos\na,b,1\n", "One column of image, path"),
        ("image,mos\n", "Usable rows are expected.*none$"),
        ("image,mos\na,?\n", r"with none; line 2: '\?' of 'a' is no finite number"),
    ],
)
def test_other_tables_are_refused(read, text, message):
    with pytest.raises(ValueError, match=message):
        read(text)


def test_other_encodings_are_refused_with_the_line(read):
    with pytest.raises(ValueError, match=r"UTF-8.*line 2"):
        read("image,mos\nä.jpg,1\n", encoding="latin-1")
