"""What holds of every dataset, found by its folder."""

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


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def dataset(request, tmp_path_factory, write_published):
    """The name, source, `data_dir` and builder of one prepared dataset."""
    code = builders.builder_of(request.param.name)
    # The last one of several configurations is the quickest.
    configs = [config.name for config in code.BUILDER_CONFIGS][-1:]
    name = "/".join([request.param.name, *configs])
    data_dir = tmp_path_factory.mktemp("prepared")
    source = None
    if code.MANUAL_DOWNLOAD_INSTRUCTIONS:
        folder = tmp_path_factory.mktemp("published")
        source = write_published(request.param.name, folder)
    builder = prepared.prepare(name, data_dir=data_dir, manual_dir=source)
    return name, source, data_dir, builder


@pytest.fixture
def scored(dataset):
    """A dataset, if it has scores."""
    if "mos" not in dataset[-1].info.features:
        pytest.skip("no scores")
    return dataset


def rows_of(builder):
    for split in builder.info.splits:
        yield from records.stored(builder, split).as_numpy_iterator()


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
    *_, builder = dataset
    decoders = {"image": tfds.decode.SkipDecoding()}
    for split in builder.info.splits:
        specs = dict(builder.as_dataset(split=split, decoders=decoders).element_spec)
        histogram = specs.pop("mos_histogram", tf.TensorSpec((5,), tf.float32))
        assert (histogram.dtype, histogram.shape.rank) == (tf.float32, 1)
        assert specs.keys() >= {"image", "image_id"}
        for key in specs.keys() & SPECS.keys():
            assert specs[key] == SPECS[key]


def test_metadata_tell_direction_and_range(scored):
    *_, builder = scored
    metadata = builder.info.metadata
    assert isinstance(metadata["higher_is_better"], bool)
    assert isinstance(metadata["unit"], str)
    lowest, highest = metadata["range"]
    for example in rows_of(builder):
        assert lowest <= example["mos"] <= highest


def test_splits_have_the_names_of_the_contract(dataset):
    *_, builder = dataset
    assert set(builder.info.splits) in (
        {"train"},
        {"train", "test"},
        {"train", "validation", "test"},
    )


def test_every_picture_decodes_and_has_its_own_id(dataset):
    *_, builder = dataset
    rows = list(rows_of(builder))
    assert len({row["image_id"] for row in rows}) == len(rows) > 0
    for row in rows:
        assert decode(row["image"]).shape[-1] == 3


def test_published_bytes_are_kept(dataset):
    name, folder, _, builder = dataset
    if folder is None:
        pytest.skip(f"{name} is generated")
    published = {path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for row in rows_of(builder):
        assert row["image"] in published


def test_parts_share_no_picture_and_no_content(scored):
    name, _, data_dir, builder = scored
    parts = load(name, data_dir=data_dir)
    sources = (parts.train, parts.validation, parts.test)
    ids = [name for source in sources for name in source.image_ids]
    count = sum(info.num_examples for info in builder.info.splits.values())
    assert len(set(ids)) == len(ids) == count
    contents = [
        {
            example.get("reference_id", example["image_id"])
            for example in source.examples.as_numpy_iterator()
        }
        for source in sources
    ]
    assert sum(map(len, contents)) == len(set().union(*contents))


def test_scores_are_turned_once(scored):
    name, _, data_dir, builder = scored
    published = {row["image_id"].decode(): row["mos"] for row in rows_of(builder)}
    source = load(name, data_dir=data_dir).train
    expected = np.array([published[image_id] for image_id in source.image_ids])
    if not builder.info.metadata["higher_is_better"]:
        expected = np.float32(sum(builder.info.metadata["range"])) - expected
    np.testing.assert_array_equal(source.mos, expected)
