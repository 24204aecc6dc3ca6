"""Columns that are kept beside a prepared dataset."""

import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfiqa.data import columns
from tfiqa.data import prepared
from tfiqa.data import records
from tfiqa.data.load import load


@pytest.fixture(scope="module")
def prepared_dir(tmp_path_factory, write_mos_folder, scored_rows):
    source = tmp_path_factory.mktemp("source")
    rows = scored_rows(10)
    for row in rows:
        scene = int(row["image"][:2])
        row["split"] = "test" if scene % 3 else "train"
    write_mos_folder(source, rows)
    data_dir = tmp_path_factory.mktemp("data")
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    return data_dir


@pytest.fixture
def folder(prepared_dir, tmp_path):
    """A copy of a prepared dataset, in a folder `data_dir/mos_folder/1.0.0`."""
    shutil.copytree(prepared_dir, tmp_path / "data")
    (folder,) = (tmp_path / "data" / "mos_folder").iterdir()
    return folder


@pytest.fixture
def forbidden(monkeypatch):
    """Reading records is an error."""

    def fail(*arguments):
        raise AssertionError("The records were read again.")

    monkeypatch.setattr(records, "_columns", fail)


def opened(folder):
    return tfds.builder_from_directory(folder)


def same(one, other):
    for name in ("splits", "ids", "references", "mos"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.unknown == other.unknown


def test_preparing_keeps_them(folder, forbidden):
    rows = records.read(opened(folder))
    assert len(rows.ids) == 30
    assert set(rows.splits) == {"train", "test"}


def test_they_are_what_the_records_hold(folder):
    kept = records.read(opened(folder))
    (folder / columns.FILE_NAME).unlink()
    same(records.read(opened(folder)), kept)
    assert (folder / columns.FILE_NAME).exists()


@pytest.mark.parametrize("content", [b"", b"PK\3\4 broken", None])
def test_broken_and_foreign_files_are_read_again(folder, content):
    path = folder / columns.FILE_NAME
    kept = records.read(opened(folder))
    if content is None:
        columns.write({"image_id": np.array(["other"])}, folder, "another key")
    else:
        path.write_bytes(content)
    same(records.read(opened(folder)), kept)
    assert columns.read(folder, columns.key_of(opened(folder))) is not None


def test_another_source_has_another_key(folder):
    key = columns.key_of(opened(folder))
    path = folder / "source.json"
    path.write_text(path.read_text().replace('"sha256": "', '"sha256": "0'))
    assert columns.key_of(opened(folder)) != key


def test_a_folder_that_cannot_be_written_is_no_error(folder, monkeypatch):
    kept = records.read(opened(folder))
    (folder / columns.FILE_NAME).unlink()

    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(columns.atomic, "replacing", refuse)
    same(records.read(opened(folder)), kept)
    assert not (folder / columns.FILE_NAME).exists()


def test_images_are_read_in_any_order(folder):
    parts = load("mos_folder", data_dir=folder.parents[1])
    for source in (parts.train, parts.validation, parts.test):
        rows = [row["image"] for row in source.examples.as_numpy_iterator()]
        for number in reversed(range(source.count)):
            assert source.reader(number) == rows[number]


def test_a_file_that_ends_too_early_is_an_error(folder):
    rows = records.read(opened(folder))
    path = max(folder.glob("*.tfrecord*"))
    path.write_bytes(path.read_bytes()[:-10])
    last = rows.ids.tolist().index(rows.ids[rows.splits == "train"][-1])
    with pytest.raises(OSError, match=rf"complete file.*{path.name}"):
        rows.reader(last)
