"""MDID: numbers in the order of the names."""

import numpy as np
import pytest

from tfiqa.datasets.mdid.mdid_dataset_builder import examples


def test_reads_numbers_in_the_order_of_the_names(published_folder):
    rows = examples(published_folder("mdid"))
    assert [row["mos"] for row in rows] == [k + 0.5 for k in range(6)]
    assert [row["mos_std"] for row in rows] == [k / 8 for k in range(6)]
    assert rows[2]["image_id"] == rows[2]["image"].name == "img02_01.bmp"
    assert rows[2]["reference_id"] == "img02"


def test_reads_all_scores(uniform, touch):
    table = uniform("MDID2016")
    names = [row["dis_img_path"].split("/")[-1] for row in table]
    assert names == sorted(names)
    folder = touch(f"distortion_images/{name}" for name in names)
    scores = "\n".join(row["score"] for row in table)
    (folder / "mos.txt").write_text(scores)
    rows = examples(folder)
    assert len(rows) == 1_600
    expected = {
        name: (float(row["score"]), row["ref_img_path"].split("/")[-1])
        for row, name in zip(table, names, strict=True)
    }
    for row in rows:
        message = (row["mos"], f"{row['reference_id']}.bmp")
        assert message == expected[row["image_id"]]
    assert len({row["reference_id"] for row in rows}) == 20
    assert all(np.isnan(row["mos_std"]) for row in rows)


def test_a_missing_picture_is_told(published_folder):
    folder = published_folder("mdid")
    (folder / "distortion_images" / "img01_02.bmp").unlink()
    with pytest.raises(ValueError, match=r"Received: 5 images.* 6 scores"):
        examples(folder)


def test_pictures_of_other_names_are_told(published_folder):
    folder = published_folder("mdid")
    inside = folder / "distortion_images"
    (inside / "img01_02.bmp").rename(inside / "one.bmp")
    with pytest.raises(ValueError, match=r"1 have other names \['one\.bmp'\]"):
        examples(folder)
