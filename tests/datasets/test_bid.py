"""BID: grades in an old spreadsheet."""

import shutil

import numpy as np
import pytest
import xlrd

from tfiqa.datasets.bid.bid_dataset_builder import examples


def test_reads_grades(published_folder):
    rows = examples(published_folder("bid"))
    assert rows[3]["image"].name == rows[3]["image_id"] == "DatabaseImage0012.JPG"
    assert rows[3]["mos"] == pytest.approx(1.56)
    # Two grades, three apart; the third cell is empty.
    assert rows[3]["mos_std"] == pytest.approx(3 / np.sqrt(2))


def test_reads_the_real_spreadsheet(metadata, touch):
    real = metadata / "bid" / "DatabaseGrades.xls"
    sheet = xlrd.open_workbook(real).sheet_by_index(0)
    numbers = [int(value) for value in sheet.col_values(0)[1:]]
    folder = touch(f"DatabaseImage{number:04d}.JPG" for number in numbers)
    shutil.copy(real, folder)
    rows = examples(folder)
    assert len(rows) == 586
    scores = np.array([row["mos"] for row in rows])
    np.testing.assert_array_equal(scores, sheet.col_values(1)[1:])
    assert 0 <= scores.min() < 0.2
    assert 4.8 < scores.max() <= 5
    first = np.array(sheet.row_values(1)[3:16], float)
    assert rows[0]["mos_std"] == pytest.approx(np.std(first, ddof=1))
    # The published means are those of the published grades.
    assert rows[0]["mos"] == pytest.approx(first.mean())


def test_a_missing_picture_is_told(published_folder):
    folder = published_folder("bid")
    (folder / "DatabaseImage0590.JPG").unlink()
    with pytest.raises(ValueError, match=r"without an image \('DatabaseImage0590"):
        examples(folder)
