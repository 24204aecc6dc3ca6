"""Tests of the datasets as `tfds.load` finds them."""

import subprocess
import sys

import pytest
import tensorflow_datasets as tfds

from tfiqa.data import catalog
from tfiqa.data import registration


def test_builders_are_found_by_name():
    registration.register()
    registration.register()
    builder = tfds.builder_cls("koniq10k")
    assert builder.__module__ == "tfiqa.datasets.koniq10k.koniq10k_dataset_builder"
    assert builder.name == "koniq10k"


def test_the_provider_knows_our_names_only():
    provider = registration.BuilderProvider()
    assert all(provider.has_dataset(name) for name in catalog.names())
    assert not provider.has_dataset("mnist")


@pytest.mark.slow
def test_datasets_of_tfds_keep_their_names():
    """In a process of its own, in which no builder of ours was imported before."""
    program = (
        "import tensorflow_datasets as tfds; from tfiqa.data import registration; "
        "registration.register(); "
        "print(*(tfds.builder_cls(n).__module__ for n in ('coco', 'imagenet2012')))"
    )
    names = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(names) == 2
    assert all(name.startswith("tensorflow_datasets.") for name in names)
