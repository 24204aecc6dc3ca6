"""IVC: a spreadsheet that is searched."""

import pytest

from tests.datasets.layouts import write_sheet
from tfiqa.datasets.ivc.ivc_dataset_builder import examples


def test_finds_names_and_scores(published_folder):
    rows = examples(published_folder("ivc"))
    assert len(rows) == 9
    assert rows[2] == {
        "image": rows[2]["image"],
        "image_id": "avion_jpeg_lumichr_r5.bmp",
        "mos": 1.5,
        "reference_id": "avion",
        "distortion": "jpeg_lumichr",
        "level": 5,
    }
    assert rows[-1]["mos"] == 3.5


def test_a_second_spreadsheet_is_refused(published_folder):
    folder = published_folder("ivc")
    write_sheet(folder / "more.xlsx", [["MOS"]])
    with pytest.raises(ValueError, match=r"\['more\.xlsx', 'scores\.xlsx'\]"):
        examples(folder)


def test_a_spreadsheet_without_scores_is_refused(published_folder):
    folder = published_folder("ivc")
    write_sheet(folder / "color" / "scores.xlsx", [["Image"], ["avion_flou_f1"]])
    with pytest.raises(ValueError, match="A column titled MOS"):
        examples(folder)


def test_pictures_without_a_row_are_told(published_folder):
    folder = published_folder("ivc")
    rows = [["Name", "MOS"], ["avion_flou_f1", 2.5]]
    write_sheet(folder / "color" / "scores.xlsx", rows)
    with pytest.raises(ValueError, match="8 images without a row"):
        examples(folder)


def test_a_spreadsheet_without_names_is_refused(published_folder):
    folder = published_folder("ivc")
    write_sheet(folder / "color" / "scores.xlsx", [["Image", "MOS"], [1, 2.5]])
    with pytest.raises(ValueError, match="such as avion_j2000_r1"):
        examples(folder)
