"""Tests of datasets without their division."""

import dataclasses

import numpy as np
import tensorflow as tf

from tests.evaluation.conftest import splits_of
from tests.support.toy_source import toy_source
from tfiqa.data.subsets import all_parts
from tfiqa.data.subsets import chosen
from tfiqa.data.subsets import contents
from tfiqa.data.subsets import for_training

SPLITS = splits_of()


def test_all_pictures_are_learned_from_an_eighth_of_the_contents_validates():
    train, validation = for_training(SPLITS, seed=1)
    assert sorted(train.image_ids + validation.image_ids) == sorted(
        all_parts(SPLITS).image_ids
    )
    first, second = set(contents(train)), set(contents(validation))
    assert not first & second
    assert (len(first), len(second)) == (10, 2)
    assert for_training(SPLITS, seed=2)[1].image_ids != validation.image_ids


def test_an_image_without_a_reference_is_a_content_of_its_own():
    source = toy_source(4)
    references = ["", "a", "a", ""]

    def labeled(index, row):
        return {**row, "reference_id": tf.gather(references, index)}

    examples = source.examples.enumerate().map(labeled)
    source = dataclasses.replace(source, examples=examples)
    assert contents(source).tolist() == ["picture 0", "a", "a", "picture 3"]
    assert contents(toy_source(2)).tolist() == ["picture 0", "picture 1"]


def test_arrays_and_examples_are_of_the_same_pictures():
    source = chosen(all_parts(SPLITS), np.array([1, 5, 30]))
    rows = list(source.examples.as_numpy_iterator())
    assert int(source.examples.cardinality()) == source.count == 3
    assert tuple(row["image_id"].decode() for row in rows) == source.image_ids
    assert [row["mos"] for row in rows] == source.mos.tolist()
    assert source.image_ids == ("00-1.png", "01-1.png", "07-2.png")
