"""SPAQ: three spreadsheets, of which two are read."""

import shutil

import numpy as np
import pytest

from tests.datasets.layouts import write_sheet
from tfiqa.datasets.spaq.spaq_dataset_builder import examples

SCORES = "MOS and Image attribute scores.xlsx"


def test_reads_scores_attributes_and_scenes(published_folder):
    rows = examples(published_folder("spaq"))
    assert [row["mos"] for row in rows] == [0, 10, 20, 30, 40, 50]
    np.testing.assert_array_equal(rows[2]["attributes"], [2, 3, 4, 5, 6])
    np.testing.assert_array_equal(rows[2]["scenes"], np.eye(9)[2])


def test_scenes_may_be_missing(published_folder):
    folder = published_folder("spaq")
    (folder / "Annotations" / "Scene category labels.xlsx").unlink()
    assert all(np.isnan(row["scenes"]).all() for row in examples(folder))


def test_reads_the_real_spreadsheets(metadata, touch):
    folder = touch(f"TestImage/{number:05d}.jpg" for number in range(1, 11_126))
    for path in (metadata / "spaq").glob("*.xlsx"):
        shutil.copy(path, folder)
    rows = examples(folder)
    assert len(rows) == 11_125
    assert (rows[0]["image_id"], rows[0]["mos"]) == ("00001.jpg", 48.86)
    np.testing.assert_allclose(
        rows[0]["attributes"], [47.43, 55.57, 55.71, 37.86, 42.57]
    )
    assert all(np.isfinite(row["attributes"]).all() for row in rows)
    assert all(0 <= row["mos"] <= 100 for row in rows)
    assert rows[2]["scenes"].argmax() == 4  # a landscape
    shares = np.array([row["scenes"].sum() for row in rows])
    assert np.median(shares) == pytest.approx(1, abs=1e-5)


def test_rows_without_a_score_are_told(published_folder):
    folder = published_folder("spaq")
    columns = ("Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness")
    rows = [["Image name", "MOS", *columns]]
    rows += [[f"{k:05d}.jpg", None if k == 3 else k, *[1] * 5] for k in range(1, 7)]
    write_sheet(folder / "Annotations" / SCORES, rows)
    with pytest.raises(ValueError, match=r"score is not a number \('00003\.jpg'\)"):
        examples(folder)
