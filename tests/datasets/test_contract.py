"""What holds of every dataset, found by its folder."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa.data import builders
from tfiqa.data import prepared
from tfiqa.data import records
from tfiqa.data.decode import decode
from tfiqa.data.load import load
from tfiqa.datasets import published

FOLDERS = sorted(
    path.parent
    for path in Path(__file__).parents[2].glob("datasets/*/*_dataset_builder.py")
)
SPECS = {
    "image": tf.TensorSpec((), tf.string),
    "image_id": tf.TensorSpec((), tf.string),
    "mos": tf.TensorSpec((), tf.float32),
    "mos_std": tf.TensorSpec((), tf.float32),
    "reference_id": tf.TensorSpec((), tf.string),
    "distortion": tf.TensorSpec((), tf.string),
    "level": tf.TensorSpec((), tf.int32),
}
# Pictures in the small layouts that are no examples.
LEFT_OUT = {
    "clive": 1,
    "ivc": 3,
    "kadid10k": 4,
    "live": 378,
    "live_md": 6,
    "tid2008": 1,
    "tid2013": 1,
}


@dataclasses.dataclass
class Prepared:
    """One prepared dataset, with what has been read of it."""

    name: str
    published: Path | None
    data_dir: Path
    builder: tfds.core.DatasetBuilder

    @functools.cached_property
    def rows(self):
        splits = self.builder.info.splits
        datasets = [records.stored(self.builder, split) for split in splits]
        return [row for dataset in datasets for row in dataset.as_numpy_iterator()]

    @functools.cached_property
    def sources(self):
        parts = load(self.name, data_dir=self.data_dir)
        return (parts.train, parts.validation, parts.test)


def names_of(folder):
    code = builders.builder_of(folder.name)
    configs = [config.name for config in code.BUILDER_CONFIGS]
    if not code.MANUAL_DOWNLOAD_INSTRUCTIONS:
        configs = configs[-1:]  # the quickest of the generated ones
    return ["/".join([folder.name, config]) for config in configs] or [folder.name]


NAMES = [name for folder in FOLDERS for name in names_of(folder)]


@pytest.fixture(scope="module", params=NAMES)
def dataset(request, tmp_path_factory, write_published):
    """One prepared dataset."""
    name = request.param
    data_dir = tmp_path_factory.mktemp("prepared")
    source = None
    if builders.builder_of(name).MANUAL_DOWNLOAD_INSTRUCTIONS:
        folder = tmp_path_factory.mktemp("published")
        source = write_published(name.partition("/")[0], folder)
    builder = prepared.prepare_dataset(name, data_dir=data_dir, manual_dir=source)
    return Prepared(name, source, data_dir, builder)


@pytest.fixture
def scored(dataset):
    """A dataset, if it has scores."""
    if "mos" not in dataset.builder.info.features:
        pytest.skip("no scores")
    return dataset


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder_is_complete(folder):
    assert (folder / "__init__.py").read_text() == ""
    assert (folder / f"{folder.name}_dataset_builder.py").exists()
    assert len((folder / "README.md").read_text().splitlines()) > 5
    assert (folder / "TAGS.txt").read_text().startswith("content.")
    assert (folder / "CITATIONS.bib").exists() or folder.name == "mos_folder"


def test_every_dataset_is_found_by_name():
    assert builders.names() == [folder.name for folder in FOLDERS]
    assert "mos_folder" in builders.names()


def test_examples_have_the_keys_of_the_contract(dataset):
    decoders = {"image": tfds.decode.SkipDecoding()}
    for split in dataset.builder.info.splits:
        specs = dataset.builder.as_dataset(split=split, decoders=decoders).element_spec
        assert specs.keys() >= {"image", "image_id"}
        for key in specs.keys() & SPECS.keys():
            assert specs[key] == SPECS[key]
        for key in specs.keys() & {"mos_histogram", "attributes", "scenes"}:
            assert (specs[key].dtype, specs[key].shape.rank) == (tf.float32, 1)


def test_metadata_tell_direction_and_range(scored):
    metadata = scored.builder.info.metadata
    assert isinstance(metadata["higher_is_better"], bool)
    assert isinstance(metadata["unit"], str)
    lowest, highest = metadata["range"]
    assert all(lowest <= row["mos"] <= highest for row in scored.rows)


def test_metadata_name_the_attributes(dataset):
    for key in dataset.builder.info.features.keys() & {"attributes", "scenes"}:
        names = dataset.builder.info.metadata[key]
        assert all(len(row[key]) == len(names) for row in dataset.rows)


def test_splits_have_the_names_of_the_contract(dataset):
    names = set(dataset.builder.info.splits)
    if "mos" not in dataset.builder.info.features:
        names -= {"unlabeled", "test2015", "rest"}
    assert names in (
        {"train"},
        {"train", "test"},
        {"train", "validation"},
        {"train", "validation", "test"},
    )
    assert "mos" not in dataset.builder.info.features or names != {
        "train",
        "validation",
    }


def test_every_picture_decodes_and_has_its_own_id(dataset):
    rows = dataset.rows
    assert len({row["image_id"] for row in rows}) == len(rows) > 0
    for encoded in {row["image"] for row in rows}:
        assert decode(encoded).shape[-1] == 3


def test_published_bytes_are_kept(dataset):
    if dataset.published is None or dataset.name.endswith("/distorted"):
        pytest.skip(f"{dataset.name} is generated")
    files = {
        path.read_bytes() for path in dataset.published.rglob("*") if path.is_file()
    }
    assert {row["image"] for row in dataset.rows} <= files


def test_no_published_picture_is_left_out(scored):
    # What is no example is a reference, a copy of one, or was shown for practice.
    if scored.published is None:
        pytest.skip(f"{scored.name} is generated")
    files = [
        path
        for path in scored.published.rglob("*")
        if path.suffix.lower() in published.IMAGE_SUFFIXES
    ]
    left_out = len(files) - len(scored.rows)
    assert left_out == LEFT_OUT.get(scored.name, 0)


def test_parts_share_no_picture_and_no_content(scored):
    ids = [name for source in scored.sources for name in source.image_ids]
    assert len(set(ids)) == len(ids) == len(scored.rows)
    references = {
        row["image_id"].decode(): row.get("reference_id", row["image_id"])
        for row in scored.rows
    }
    contents = [
        {references[name] for name in source.image_ids} for source in scored.sources
    ]
    assert sum(map(len, contents)) == len(set().union(*contents))


def test_scores_are_turned_once(scored):
    published_scores = {row["image_id"].decode(): row["mos"] for row in scored.rows}
    source = scored.sources[0]
    expected = np.array([published_scores[name] for name in source.image_ids])
    if not scored.builder.info.metadata["higher_is_better"]:
        both = np.float32(sum(scored.builder.info.metadata["range"]))
        expected = both - expected
    np.testing.assert_array_equal(source.mos, expected)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_is_published_is_stated(folder):
    facts = getattr(builders.builder_of(folder.name), "FACTS", None)
    if facts is None:
        pytest.skip("no published database")
    readme = (folder / "README.md").read_text()
    counts = [count for count in facts.parts.values() if count is not None]
    for number in (facts.images, *counts):
        assert f"{number:,}" in readme
    assert facts.url.rstrip("/") in readme
    assert sum(counts) in (0, facts.images)
