"""CSIQ: one content in four tables."""

import shutil
from collections import Counter

import numpy as np
import pytest

from tfiqa.datasets.csiq.csiq_dataset_builder import TABLES
from tfiqa.datasets.csiq.csiq_dataset_builder import examples


def test_reads_the_spreadsheet(published_folder):
    rows = examples(published_folder("csiq"))
    assert rows[0]["image"].name == rows[0]["image_id"] == "1600.AWGN.2.png"
    assert [row["distortion"] for row in rows[:4]] == [
        "awgn",
        "jpeg",
        "jpeg2000",
        "blur",
    ]
    assert {row["reference_id"] for row in rows} == {"1600", "boston", "lake"}
    assert (rows[1]["mos"], rows[1]["mos_std"], rows[1]["level"]) == (0.4, 0.05, 2)


def test_pictures_may_lie_in_one_folder(published_folder):
    folder = published_folder("csiq")
    (folder / "dst_imgs_all").mkdir()
    for path in sorted((folder / "dst_imgs").rglob("*.png")):
        path.rename(folder / "dst_imgs_all" / path.name)
    shutil.rmtree(folder / "dst_imgs")
    assert len(examples(folder)) == 12


def test_a_picture_in_two_folders_is_refused(published_folder):
    folder = published_folder("csiq")
    source = folder / "dst_imgs" / "noise" / "lake.AWGN.2.png"
    shutil.copy(source, folder / "dst_imgs" / "blur")
    with pytest.raises(
        ValueError, match=r"1 names in more than one .*'lake\.AWGN\.2\.png'"
    ):
        examples(folder)


@pytest.mark.parametrize("table", ["csiq.beta.xlsx", "csiq.beta.txt", "csiq_label.txt"])
def test_reads_the_real_tables(metadata, touch, table):
    assert table in TABLES
    labels = (metadata / "csiq" / "csiq_label.txt").read_text().split()
    folder = touch(f"dst_imgs/all/{name}" for name in labels[::2])
    shutil.copy(metadata / "csiq" / table, folder)
    rows = examples(folder)
    assert Counter(row["distortion"] for row in rows) == {
        "awgn": 150,
        "jpeg": 150,
        "jpeg2000": 150,
        "fnoise": 150,
        "blur": 150,
        "contrast": 116,
    }
    assert len({row["reference_id"] for row in rows}) == 30
    # The third table is the oracle of the others.
    expected = dict(zip(labels[::2], map(float, labels[1::2]), strict=True))
    result = {row["image"].name: row["mos"] for row in rows}
    assert result.keys() == expected.keys()
    for name, score in result.items():
        assert score == pytest.approx(expected[name], abs=6e-4)
    message = [np.isfinite(row["mos_std"]) for row in rows]
    assert all(message) if table != "csiq_label.txt" else not any(message)
