"""Tests for the datasets `dead_leaves`, `textured_leaves` and `cel`."""

import importlib

import numpy as np
import pytest
import tensorflow_datasets as tfds

from tfiqa import synthetic
from tfiqa.synthetic import files

CONFIG = "side_64_count_16"


def builder_of(kind, folder):
    module = importlib.import_module(f"tfiqa.datasets.{kind}.{kind}_dataset_builder")
    return module.Builder(config=CONFIG, data_dir=str(folder))


@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_examples_are_the_pictures_of_their_index(kind, tmp_path):
    builder = builder_of(kind, tmp_path)
    builder.download_and_prepare()
    examples = list(builder.as_dataset(split="train").as_numpy_iterator())
    assert builder.info.name == kind
    assert len(examples) == 16
    for example in examples:
        index = int(example["image_id"].decode().removesuffix(".png"))
        expected = synthetic.make_image(kind, index, 64)
        np.testing.assert_array_equal(example["image"], expected)


def test_interrupted_build_goes_on(tmp_path, monkeypatch):
    make = files.make_image
    made = []

    def failing(kind, index, size, *, seed=0):
        made.append(index)
        if index == 9:
            raise OSError(28, "No space left on device")
        return make(kind, index, size, seed=seed)

    builder = builder_of("dead_leaves", tmp_path)
    monkeypatch.setattr(files, "make_image", failing)
    with pytest.raises(OSError, match="No space left"):
        builder.download_and_prepare()
    with pytest.raises(AssertionError, match="could not find data"):
        builder_of("dead_leaves", tmp_path).as_dataset(split="train")
    assert made == [0, *range(10)]  # The first one tries the arguments.
    made.clear()
    monkeypatch.setattr(
        files, "make_image", lambda *a, **k: made.append(a[1]) or make(*a, **k)
    )
    builder_of("dead_leaves", tmp_path).download_and_prepare()
    assert made == [0, *range(9, 16)]


def test_all_kinds_have_the_same_configurations():
    names = [
        [config.name for config in tfds.builder_cls(kind).BUILDER_CONFIGS]
        for kind in synthetic.KINDS
        if importlib.import_module(f"tfiqa.datasets.{kind}.{kind}_dataset_builder")
    ]
    assert names[0] == names[1] == names[2]
    assert names[0][0] == "side_256_count_10000"
