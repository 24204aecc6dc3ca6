"""Tests of tables that are matched with the images of a folder."""

import numpy as np
import pytest

from tfiqa.evaluation.own_metric.labels import kept
from tfiqa.evaluation.own_metric.labels import matched
from tfiqa.evaluation.own_metric.labels import open_folder
from tfiqa.evaluation.own_metric.labels import unlabeled
from tfiqa.files.rating_rows import Rows


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "photos"
    for name in ("a.jpg", "b.jpg", "one/c.jpg", "two/c.jpg", "two/d.jpg"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "notes.txt").touch()
    return open_folder(root)


def ratings(*names, contents=None):
    count = len(names)
    return Rows(
        lines=list(range(2, 2 + count)),
        images=list(names),
        mos=[float(row) for row in range(count)],
        contents=contents or [""] * count,
    )


def test_names_are_paths_below_the_folder_or_unique_file_names(folder):
    names = ("a.jpg", "d.jpg", "photos/b.jpg", f"{folder.root}/one/c.jpg", "c.jpg")
    rows = ratings(*names)
    labels = matched(rows, folder)
    assert labels.names == ("a.jpg", "two/d.jpg", "b.jpg", "one/c.jpg")
    assert labels.mos.tolist() == [0, 1, 2, 3]
    assert rows.faults == {6: f"'c.jpg' is no image below {folder.root}"}
    assert len(set(labels.contents)) == 4


def test_an_image_under_two_names_is_a_fault(folder):
    rows = ratings("two/d.jpg", "d.jpg", contents=["x", "y"])
    labels = matched(rows, folder)
    assert (labels.names, labels.contents.tolist()) == (("two/d.jpg",), ["x"])
    assert rows.faults == {3: "'two/d.jpg' again, under another name"}


def test_pairs_are_rows_of_images(folder):
    rows = Rows(lines=[2, 3, 4], images=["b.jpg", "a.jpg", "x"], contents=[""] * 3)
    rows.worse = ["a.jpg", "d.jpg", "a.jpg"]
    labels = matched(rows, folder)
    assert labels.names == ("a.jpg", "b.jpg", "two/d.jpg")
    assert labels.pairs.tolist() == [[1, 0], [0, 2]]
    assert list(rows.faults) == [4]
    remaining, dropped = kept(labels, np.array([True, False, True]))
    assert (remaining.names, dropped) == (("a.jpg", "two/d.jpg"), ["b.jpg"])
    assert remaining.pairs.tolist() == [[0, 1]]


def test_the_others_are_drawn_at_random(folder):
    labels = matched(ratings("a.jpg"), folder)
    assert unlabeled(folder, labels, 10, 0) == [*folder.names[1:]]
    drawn = unlabeled(folder, labels, 2, 0)
    assert len(drawn) == 2
    assert set(drawn) < set(folder.names[1:])


def test_folders_without_images_and_tables_without_names_are_refused(folder, tmp_path):
    with pytest.raises(NotADirectoryError, match="absent"):
        open_folder(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"Received: .*empty, with none"):
        open_folder(tmp_path / "empty")
    with pytest.raises(ValueError, match=r"none that exists; line 2: 'x' is no image"):
        matched(ratings("x", "y"), folder)
