"""Checks of published files: each fault is named, with counts and names."""

import math

import pytest

from tfiqa.datasets import published


def files(*names):
    return {name: f"/pictures/{name}" for name in names}


def row(name, mos=1.0):
    return {"image_id": name, "mos": mos}


def test_pairs_in_the_order_of_the_rows():
    rows = [row("b.png"), row("a.png", 2)]
    paired = published.paired(rows, files("a.png", "b.png"))
    assert paired == [
        {**row("b.png"), "image": "/pictures/b.png"},
        {**row("a.png", 2), "image": "/pictures/a.png"},
    ]


def test_pairs_names_of_another_case():
    (paired,) = published.paired([row("I01.bmp")], files("i01.BMP"))
    assert paired["image"] == "/pictures/i01.BMP"
    assert paired["image_id"] == "I01.bmp"


def test_prefers_the_exact_name():
    names = ("a.png", "A.png")
    paired = published.paired([row("A.png"), row("a.png")], files(*names))
    assert [one["image"] for one in paired] == ["/pictures/A.png", "/pictures/a.png"]


def test_does_not_guess_between_two_pictures():
    with pytest.raises(ValueError, match=r"1 rows without an image \('A\.PNG'\)"):
        published.paired([row("A.PNG")], files("a.png", "A.png"))


@pytest.mark.parametrize(
    ("rows", "names", "fault"),
    [
        ("abcde", "a", "4 rows without an image ('b', 'c', 'd' and 1 more)"),
        ("a", "abc", "2 images without a row ('b', 'c')"),
        ("aab", "ab", "1 images with more than one row ('a')"),
        ("aAb", "ab", "1 images with more than one row ('a')"),
    ],
)
def test_names_what_is_not_one_to_one(rows, names, fault):
    with pytest.raises(ValueError, match="One score for each image") as caught:
        published.paired(map(row, rows), files(*names))
    assert fault in str(caught.value)


def test_names_all_faults_at_once():
    rows = [row("a", math.nan), row("b"), row("c", 7.0), row("d", -0.5)]
    with pytest.raises(ValueError, match="Received") as caught:
        published.paired(rows, files("a", "c", "d", "e"), scores=(0, 1))
    assert str(caught.value).endswith(
        "Received: 1 rows without an image ('b'); 1 images without a row ('e'); "
        "1 rows whose score is not a number ('a'); 2 scores outside 0 to 1 ('c', 'd')"
    )


def test_lists_pictures_alone(tmp_path):
    for name in ("b.JPG", "a.png", "notes.txt", ".hidden.png", "below/c.bmp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(published.images(tmp_path)) == ["a.png", "b.JPG"]
    below = published.images(tmp_path, below=True)
    assert list(below) == ["a.png", "b.JPG", "below/c.bmp"]
    assert below["below/c.bmp"] == tmp_path / "below" / "c.bmp"


def test_names_what_a_folder_lacks(tmp_path):
    (tmp_path / "Bilder").mkdir()
    with pytest.raises(ValueError, match=r"'Images', 'a\.csv' is .*holds 'Bilder'"):
        published.require(tmp_path, ["Images", "a.csv"])


def test_takes_the_first_that_is_there(tmp_path):
    (tmp_path / "b").touch()
    (tmp_path / "c").touch()
    assert published.first(tmp_path, ["a", "b", "c"]) == tmp_path / "b"
    with pytest.raises(ValueError, match=r"\['x'\] is expected.*\['b', 'c'\]"):
        published.first(tmp_path, ["x"])


def test_archives_may_hold_spare_pictures():
    assert len(published.paired([row("a")], files("a", "b"), spare=True)) == 1
    with pytest.raises(ValueError, match="1 rows without an image"):
        published.paired([row("c")], files("a", "b"), spare=True)


def test_pairs_rows_without_scores():
    (paired,) = published.paired([{"image_id": "a"}], files("a"), scores=(0, 1))
    assert paired == {"image_id": "a", "image": "/pictures/a"}


def test_unscored_pictures_are_named_below_their_folder(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    rows = list(published.unscored(tmp_path, prefix="part"))
    assert rows == [{"image_id": "part/in/a.png", "image": tmp_path / "in" / "a.png"}]
    (tmp_path / "in" / "a.png").unlink()
    with pytest.raises(ValueError, match="without any"):
        published.unscored(tmp_path)
