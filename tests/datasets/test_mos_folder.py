"""Folders of one's own: what is read, and what is refused."""

import json

import numpy as np
import pytest

from tfiqa.datasets.mos_folder.mos_folder_dataset_builder import examples
from tfiqa.datasets.mos_folder.mos_folder_dataset_builder import metadata


@pytest.fixture
def write(tmp_path):
    """Returns a function that writes a table and its (empty) pictures."""

    def write_table(text, *, name="mos.csv", stated=None):
        lines = text.split()
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        place = lines[0].split(",").index("image")
        for line in lines[1:]:
            path = tmp_path / "images" / line.split(",")[place]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        if stated is not None:
            (tmp_path / "metadata.json").write_text(stated)
        return tmp_path

    return write_table


def test_reads_all_columns(write):
    folder = write(
        "mos,image,reference,mos_std,distortion,level 2.5,in/a.png,scene,0.5,blur,3"
    )
    (row,) = examples(folder)["train"]
    assert row == {
        "image": folder / "images" / "in" / "a.png",
        "image_id": "in/a.png",
        "mos": 2.5,
        "mos_std": 0.5,
        "reference_id": "scene",
        "distortion": "blur",
        "level": 3,
    }


def test_what_is_not_known_is_marked(write):
    (row,) = examples(write("image,mos,level a.png,1,"))["train"]
    assert np.isnan(row.pop("mos_std"))
    assert (row["reference_id"], row["distortion"], row["level"]) == ("a.png", "", -1)


def test_divides_by_the_column_split(write):
    folder = write("image,mos,split a.png,1,test b.png,2,train c.png,3,train")
    parts = examples(folder)
    names = {part: [row["image_id"] for row in rows] for part, rows in parts.items()}
    assert names == {"train": ["b.png", "c.png"], "test": ["a.png"]}


@pytest.mark.parametrize(
    "table",
    [
        "image,mos,split a.png,1,test b.png,2,test",
        "image,mos,split a.png,1,test b.png,2,",
        "image,mos,split a.png,1,test b.png,2,train c.png,3,holdout",
    ],
)
def test_refuses_other_splits(write, table):
    with pytest.raises(ValueError, match="In the column 'split'"):
        examples(write(table))


def test_refuses_a_content_on_both_sides(write):
    folder = write("image,mos,split,reference a.png,1,test,s b.png,2,train,s")
    with pytest.raises(ValueError, match="'s' in train and test"):
        examples(folder)


def test_takes_the_only_table(write):
    folder = write("image,mos a.png,1", name="scores of mine.csv")
    assert len(examples(folder)["train"]) == 1


def test_does_not_choose_between_tables(write):
    write("image,mos a.png,1", name="one.csv")
    folder = write("image,mos a.png,1", name="two.csv")
    with pytest.raises(ValueError, match=r"\['one\.csv', 'two\.csv'\]"):
        examples(folder)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ("image,score a.png,1", r"'image', 'mos'\] are expected"),
        ("image,mos a.png,good", r"not a number \('a\.png'\)"),
        ("image,mos a.png,nan", r"not a number \('a\.png'\)"),
        ("image,mos a.png,1 a.png,2", r"more than one row \('a\.png'\)"),
        ("image,mos,level a.png,1,high", r"level='high' of 'a\.png'"),
    ],
)
def test_refuses_faulty_tables(write, table, match):
    with pytest.raises(ValueError, match=match):
        examples(write(table))


def test_refuses_what_is_not_one_to_one(write):
    folder = write("image,mos in/a.png,1 b.png,2")
    (folder / "images" / "b.png").rename(folder / "images" / "in" / "b.png")
    with pytest.raises(ValueError, match=r"\('b\.png'\).*\('in/b\.png'\)"):
        examples(folder)


def test_refuses_a_folder_without_pictures(tmp_path):
    with pytest.raises(ValueError, match="without 'images'; it holds nothing"):
        examples(tmp_path)


def stated_by(folder):
    return metadata(folder, examples(folder))


def test_observes_the_range(write):
    known = stated_by(write("image,mos,split a.png,1,train b.png,4.5,test"))
    assert known == {"higher_is_better": True, "range": [1.0, 4.5], "unit": "MOS"}


def test_believes_what_is_stated(write):
    text = json.dumps({"higher_is_better": False, "range": [0, 100], "unit": "DMOS"})
    folder = write("image,mos a.png,1 b.png,4", stated=text)
    assert stated_by(folder) == json.loads(text)


@pytest.mark.parametrize(
    ("stated", "match"),
    [
        ('{"ranges": [0, 5]}', "'ranges'"),
        ("[0, 5]", r"Received: \[0, 5\]"),
        ("{", r"metadata\.json"),
        ('{"higher_is_better": "no"}', "higher_is_better='no'"),
        ('{"range": [5, 0]}', r"range=\[5, 0\]"),
        ('{"range": 5}', "range=5"),
        ('{"range": [2, 5]}', r"scores of 1 to 4 and range=\[2, 5\]"),
    ],
)
def test_refuses_faulty_metadata(write, stated, match):
    folder = write("image,mos a.png,1 b.png,4", stated=stated)
    with pytest.raises(ValueError, match=match):
        stated_by(folder)
