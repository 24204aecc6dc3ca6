"""UHD-IQA: official parts, pictures in any sub-folder."""

import pytest

from tfiqa.datasets.uhd_iqa.uhd_iqa_dataset_builder import examples


def test_keeps_the_official_parts(published_folder):
    parts = examples(published_folder("uhd_iqa"))
    names = {part: [row["image_id"] for row in rows] for part, rows in parts.items()}
    assert names == {
        "train": ["1.jpg", "4.jpg", "5.jpg", "8.jpg"],
        "validation": ["2.jpg", "6.jpg"],
        "test": ["3.jpg", "7.jpg"],
    }
    assert parts["test"][1]["mos"] == 0.7
    assert parts["test"][1]["image"].parent.name == "test"


def test_unknown_parts_are_refused(published_folder):
    folder = published_folder("uhd_iqa")
    table = folder / "uhd-iqa-metadata.csv"
    table.write_text(table.read_text().replace("validation", "holdout"))
    with pytest.raises(ValueError, match=r"'holdout' for '2\.jpg'"):
        examples(folder)
