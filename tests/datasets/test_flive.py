"""FLIVE: with and without its official division."""

import csv
import shutil

import pytest

from tfiqa.datasets.flive.flive_dataset_builder import examples


def ids(parts):
    return {part: [row["image_id"] for row in rows] for part, rows in parts.items()}


def test_divides_as_the_tables_say(published_folder):
    parts = ids(examples(published_folder("flive")))
    assert parts["test"] == [f"blur_dataset/motion000{k}.jpg" for k in (0, 1)]
    assert parts["validation"] == ["voc_emotic_ava/AVA__1.jpg"]
    # The third picture is in neither table.
    assert parts["train"][:2] == [f"blur_dataset/motion000{k}.jpg" for k in (2, 3)]
    assert len(parts["train"]) == 7


def test_half_of_the_division_is_refused(published_folder):
    folder = published_folder("flive")
    (folder / "labels640.csv").unlink()
    with pytest.raises(ValueError, match=r"without 'labels640\.csv'"):
        examples(folder)


def test_without_tables_there_is_one_part(published_folder):
    folder = published_folder("flive")
    (folder / "labels640.csv").unlink()
    (folder / "labels=640_padded.csv").unlink()
    rows = examples(folder)["train"]
    assert [row["mos"] for row in rows] == [7.5 * k for k in range(10)]


def test_reads_the_real_table(metadata, touch):
    real = metadata / "flive" / "LIVEFB.csv"
    with real.open(newline="") as file:
        table = list(csv.DictReader(file))
    folder = touch(row["im_loc"] for row in table)
    shutil.copy(real, folder)
    rows = examples(folder)["train"]
    assert len(rows) == 39_810
    assert [row["image_id"] for row in rows] == [row["im_loc"] for row in table]
    scores = [row["mos"] for row in rows]
    assert (min(scores), max(scores)) == pytest.approx((0, 94.333237))
