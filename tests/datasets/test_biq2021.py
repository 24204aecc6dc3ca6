"""BIQ2021, small and, where it is, the real one."""

import shutil

import pytest

from tfiqa.data import prepared
from tfiqa.data.load import load
from tfiqa.datasets.biq2021 import biq2021_dataset_builder
from tfiqa.datasets.biq2021.biq2021_dataset_builder import examples


@pytest.fixture
def folder(tmp_path, write_published):
    return write_published("biq2021", tmp_path / "biq2021")


def test_keeps_parts_order_and_names(folder):
    parts = examples(folder)
    names = [row["image_id"] for part in parts.values() for row in part]
    assert [len(parts["train"]), len(parts["test"])] == [9, 3]
    assert names == [f"ss0{k % 3} ({k}).jpg" for k in range(12)]
    assert parts["train"][4]["image"].name == "ss01 (4).JPG"
    assert parts["test"][0]["mos"] == 0.45


def test_records_are_in_published_order(folder, tmp_path):
    data_dir = tmp_path / "prepared"
    prepared.prepare_dataset("biq2021", data_dir=data_dir, manual_dir=folder)
    parts = load("biq2021", data_dir=data_dir)
    rows = examples(folder)
    assert list(parts.test.image_ids) == [row["image_id"] for row in rows["test"]]
    learned = {*parts.train.image_ids, *parts.validation.image_ids}
    order = [row["image_id"] for row in rows["train"]]
    assert learned == set(order)
    assert list(parts.train.image_ids) == [
        n for n in order if n in parts.train.image_ids
    ]
    assert parts.train.mos_range == (0.0, 1.0)


def test_a_picture_in_both_parts_is_refused(folder):
    table = folder / "Test (Images and MOS).csv"
    table.write_text(table.read_text() + "ss00 (0).jpg,0.5\n")
    with pytest.raises(ValueError, match=r"more than one row \('ss00 \(0\)\.jpg'\)"):
        examples(folder)


def test_scores_of_another_scale_are_refused(folder):
    table = folder / "Test (Images and MOS).csv"
    table.write_text(table.read_text().replace("0.4500", "45.00"))
    with pytest.raises(ValueError, match=r"1 scores outside 0 to 1"):
        examples(folder)


def test_the_wrong_folder_is_named(folder):
    with pytest.raises(ValueError, match=r"without 'Images'.*'ss00 \(0\)\.jpg'"):
        examples(folder / "Images")


def test_half_an_archive_builds_nothing(folder, tmp_path):
    shutil.rmtree(folder / "Images")
    (folder / "Images").mkdir()
    data_dir = tmp_path / "prepared"
    with pytest.raises(ValueError, match="12 rows without an image"):
        prepared.prepare_dataset("biq2021", data_dir=data_dir, manual_dir=folder)
    assert list(data_dir.iterdir()) == []


def test_reads_the_real_tables(shared):
    parts = examples(shared / "data" / "biq2021")
    assert [len(parts["train"]), len(parts["test"])] == [1_920, 480]
    assert parts["train"][0]["image_id"] == "ss03 (3341).jpg"
    assert parts["test"][-1]["image"].exists()
    (other_case,) = (
        row
        for row in parts["train"] + parts["test"]
        if row["image"].name != row["image_id"]
    )
    assert (other_case["image_id"], other_case["image"].suffix) == (
        "ss02 (1014).jpg",
        ".JPG",
    )


@pytest.mark.slow
def test_builds_the_real_one(shared, tmp_path):
    folder = shared / "data" / "biq2021"
    prepared.prepare_dataset("biq2021", data_dir=tmp_path, manual_dir=folder)
    parts = load("biq2021", data_dir=tmp_path)
    counts = [parts.train.count, parts.validation.count, parts.test.count]
    assert counts == [1_680, 240, 480]
    for source in (parts.train, parts.validation, parts.test):
        for example in source.examples.as_numpy_iterator():
            name = example["image_id"].decode()
            path = folder / "Images" / name
            path = path if path.exists() else path.with_suffix(".JPG")
            assert example["image"] == path.read_bytes()


def test_the_builder_says_what_to_do():
    builder = biq2021_dataset_builder.Builder
    for table in biq2021_dataset_builder.TABLES.values():
        assert table in builder.MANUAL_DOWNLOAD_INSTRUCTIONS
