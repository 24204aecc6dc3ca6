"""Tests of the reading of scores of other tools."""

import os

import numpy as np
import pytest

from tfiqa.data.score_table import known
from tfiqa.data.score_table import matched
from tfiqa.data.score_table import read_scores


@pytest.fixture
def written(tmp_path):
    """The function from the text of a table to its file."""

    def write(text, encoding="utf-8"):
        path = tmp_path / "scores.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def test_reads_names_and_scores_in_any_column(written):
    table = read_scores(written("time,score,image_id\n1,0.5,b.png\n2,-3e1,a.png\n"))
    assert table.names == ("b.png", "a.png")
    assert table.scores.tolist() == [0.5, -30]
    assert table.missing == 0
    scores = matched(table, ["a.png", "c.png", "b.png"])
    np.testing.assert_array_equal(scores, [-30, np.nan, 0.5])


def test_missing_scores_are_nan_and_counted(written):
    table = read_scores(written("image_id,score\na,\nb,nan\nc, 4 \n\nd,NaN\n"))
    assert table.missing == 3
    assert table.scores[2] == 4


def test_marks_quotes_and_other_columns(written):
    text = 'image_id,prediction\r\n"a, b.png",3\r\n'
    table = read_scores(written(text, "utf-8-sig"), column="prediction")
    assert table.names == ("a, b.png",)


def test_paths_match_by_their_last_parts(written):
    text = "path,score\n/data/x/1.png,1\n/data/y/1.png,2\n/data/two.png,3\nq.jpg,4\n"
    table = read_scores(written(text))
    scores = matched(table, ["y/1.png", "x/1.png", "two", "q.jpg"])
    assert scores.tolist() == [2, 1, 3, 4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"columns \[\]"),
        ("name,score\na,1\n", r"columns \['name', 'score'\]"),
        ("image_id,mos\na,1\n", r"column 'score'.*\['image_id', 'mos'\]"),
        ("image_id,score,score\na,1,2\n", "column 'score'"),
        ("image_id,score\n", "with none"),
        ("image_id,score\na,1\nb,good\n", "'good' in .*line 3"),
        ("image_id,score\na,inf\n", "'inf' in .*line 2"),
        ("image_id,score\na\n", "2 cells per row.*Received: 1 in .*line 2"),
        ("image_id,score\na,1\nb,1\na,2\n", "1 more than once, 'a'"),
    ],
)
def test_bad_tables(written, text, message):
    with pytest.raises(ValueError, match=message):
        read_scores(written(text))


def test_pictures_that_do_not_fit_the_dataset(written):
    table = read_scores(written("image_id,score\na,1\nb,2\nz,\n"))
    with pytest.raises(ValueError, match=r"2 unknown to the dataset, 'b', 'z'"):
        matched(table, ["a", "c"])
    table = read_scores(written("path,score\nx/a,1\ny/a,2\n"))
    with pytest.raises(ValueError, match="1 under two paths, 'a'"):
        matched(table, ["a"])


def test_a_table_of_two_datasets(written):
    """Names that the other has are no mistake, those that none has are one."""
    text = "path,score\nq/1.png,1\nr/1.png,2\nr/2.png,3\n"
    table = read_scores(written(text))
    first, second = ["1.png", "3.png"], ["r/1.png", "r/2.png"]
    result = matched(table, first, others=second)
    np.testing.assert_array_equal(result, [1, np.nan])
    assert known(table, ["2.png", "3.png"]) == 1
    assert known(table, ["4.png"]) == 0
    assert matched(table, second, others=first).tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"1 unknown to the dataset, 'r/2\.png'"):
        matched(table, first, others=["r/1.png"])


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_scores(tmp_path / "none.csv")


def test_names_may_be_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes(b"path,score\nin/bad\xff.png,1\nin/a.png,2\n")
    table = read_scores(path)
    scores = matched(table, ["a.png", os.fsdecode(b"bad\xff.png")])
    assert scores.tolist() == [2, 1]


@pytest.mark.parametrize(
    "content", [b"\xff\xfep\0a\0", b"\0\1\2", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_table_is_told(tmp_path, content):
    path = tmp_path / "scores.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"CSV file .* is expected"):
        read_scores(path)
