"""Tests for the `danbooru` dataset."""

import json

import pytest
import tensorflow_datasets as tfds
from PIL import Image

from tfiqa import synthetic
from tfiqa.datasets.danbooru import danbooru_dataset_builder


@pytest.fixture
def folder(tmp_path):
    for number in (4123, 17, 5):
        path = tmp_path / "manual" / "512px" / f"{number % 1000:04d}" / f"{number}.jpg"
        path.parent.mkdir(parents=True)
        Image.fromarray(synthetic.cel(number, 48)).save(path)
    return tmp_path / "manual"


def write_metadata(folder, *lines):
    (folder / "metadata").mkdir()
    (folder / "metadata" / "2017000000000000").with_suffix(".json").write_text(
        "\n".join(lines)
    )


def examples(folder, data_dir):
    builder = danbooru_dataset_builder.Builder(data_dir=str(data_dir))
    config = tfds.download.DownloadConfig(manual_dir=str(folder))
    builder.download_and_prepare(download_config=config)
    decoders = {"image": tfds.decode.SkipDecoding()}
    dataset = builder.as_dataset(split="train", decoders=decoders)
    return list(dataset.as_numpy_iterator())


def test_files_are_stored_untouched_with_their_metadata(folder, tmp_path):
    tags = [{"id": "1", "name": "1girl"}, {"id": "2", "name": "hat"}]
    write_metadata(
        folder,
        json.dumps({"id": "17", "rating": "s", "tags": tags, "score": "3"}),
        "",
        json.dumps({"id": 5}),
    )
    rows = examples(folder, tmp_path / "data")
    names = [b"512px/0005/5.jpg", b"512px/0017/17.jpg", b"512px/0123/4123.jpg"]
    assert [row["image_id"] for row in rows] == names
    for row in rows:
        assert row["image"] == (folder / row["image_id"].decode()).read_bytes()
    assert [row["rating"] for row in rows] == [b"", b"s", b""]
    assert [list(row["tags"]) for row in rows] == [[], [b"1girl", b"hat"], []]


def test_what_is_null_is_not_known(folder):
    write_metadata(folder, json.dumps({"id": "17", "rating": None, "tags": None}))
    facts = danbooru_dataset_builder.metadata(folder / "metadata")
    assert facts == {"17": {"rating": "", "tags": []}}


def test_metadata_may_be_missing(folder, tmp_path):
    rows = examples(folder, tmp_path / "data")
    assert [row["rating"] for row in rows] == [b""] * 3


@pytest.mark.parametrize(
    "line",
    ["{", "[1]", '{"rating": "s"}', '{"id": null}', '{"id": 1, "tags": 3}'],
)
def test_broken_metadata_are_named(folder, tmp_path, line):
    write_metadata(folder, "", json.dumps({"id": "17"}), "", line)
    with pytest.raises(ValueError, match=r"`tags`.*2017000000000000\.json, line 4"):
        examples(folder, tmp_path / "data")


def test_folder_without_pictures_is_named(tmp_path):
    (tmp_path / "manual").mkdir()
    (tmp_path / "manual" / "notes.txt").write_text("no pictures here")
    with pytest.raises(ValueError, match="manual without any"):
        examples(tmp_path / "manual", tmp_path / "data")
