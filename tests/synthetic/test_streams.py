"""Tests for the endless streams."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfiqa import distortions
from tfiqa import synthetic


def taken(dataset, count):
    return list(itertools.islice(dataset.as_numpy_iterator(), count))


@pytest.mark.parametrize("kind", synthetic.KINDS)
def test_stream_holds_the_pictures_in_order(kind):
    dataset = synthetic.stream(kind, (32, 40), 5)
    assert dataset.element_spec == tf.TensorSpec((32, 40, 3), tf.uint8)
    assert dataset.cardinality() == tf.data.INFINITE_CARDINALITY
    expected = [synthetic.KINDS[kind](i, (32, 40), seed=5) for i in range(6)]
    np.testing.assert_array_equal(taken(dataset, 6), expected)


def test_shards_part_the_pictures_among_them():
    whole = taken(synthetic.stream("dead_leaves", 16), 12)
    for shard in range(3):
        own = taken(synthetic.stream("dead_leaves", 16, shard=shard, shards=3), 4)
        np.testing.assert_array_equal(own, whole[shard::3])


def test_stream_goes_on_from_a_start():
    options = {"shard": 1, "shards": 2, "options": {"shapes": "squares"}}
    whole = taken(synthetic.stream("dead_leaves", 16, **options), 7)
    later = taken(synthetic.stream("dead_leaves", 16, **options, start=4), 3)
    np.testing.assert_array_equal(later, whole[4:])
    expected = synthetic.dead_leaves(9, 16, shapes="squares")
    np.testing.assert_array_equal(later[0], expected)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "photographs"}, "dead_leaves, textured_leaves, cel is expected"),
        ({"size": 8}, "Received: size=8"),
        ({"shard": 2, "shards": 2}, "Received: shard=2, shards=2"),
        ({"start": -1}, "Received: start=-1"),
        ({"options": {"shapes": "stars"}}, "Received: shapes='stars'"),
    ],
)
def test_bad_arguments_raise_before_the_first_picture(wrong, message):
    with pytest.raises(ValueError, match=message):
        synthetic.stream(**{"kind": "dead_leaves", "size": 32, **wrong})


def test_unknown_options_raise():
    with pytest.raises(TypeError, match="shape"):
        synthetic.stream("dead_leaves", 32, options={"shape": "discs"})


# Tracing the whole bank takes a minute.
FEW = {name: distortions.DISTORTIONS[name] for name in ("white_noise", "brighten")}


@pytest.mark.parametrize(
    "bank", [FEW, pytest.param(distortions.DISTORTIONS, marks=pytest.mark.slow)]
)
def test_distorted_pictures_are_those_of_their_type_and_level(bank):
    pictures = synthetic.stream("cel", 64, 2)
    dataset = synthetic.distorted(pictures, 3, bank=bank)
    rows, again = taken(dataset, 16), taken(dataset, 16)
    known = {row.number for row in bank.values()}
    for number, (row, other) in enumerate(zip(rows, again, strict=True)):
        picture, kind, level = row
        np.testing.assert_array_equal(picture, other[0])
        pristine = synthetic.cel(number, 64, seed=2)
        assert (kind in known and 1 <= level <= 5) or kind == level == 0
        if kind == 0:
            np.testing.assert_array_equal(picture, pristine)
            continue
        key = np.array([[3, number]], np.int32)
        exact = distortions.distort(pristine[None], int(kind), int(level), key)[0]
        difference = np.abs(exact - picture.astype(np.float32))
        # Graph and eager arithmetic may round a tie differently.
        assert np.quantile(difference, 0.999) <= 0.51


@pytest.mark.parametrize("size", [47, (64, 40), (16, 64)])
def test_small_pictures_are_told_before_the_first_one(size):
    pictures = synthetic.stream("dead_leaves", size)
    with pytest.raises(ValueError, match=r"at least 48 .* for 'patch_shift'. Received"):
        synthetic.distorted(pictures)
    synthetic.distorted(pictures, bank=FEW)


def test_pictures_of_unknown_sizes_may_be_distorted():
    sized = tf.data.Dataset.from_tensors(np.full((16, 16, 3), 7, np.uint8))
    sizes = tf.TensorSpec((None, None, 3), tf.uint8)
    unknown = tf.data.Dataset.from_generator(
        sized.as_numpy_iterator, output_signature=sizes
    )
    ((picture, _, _),) = taken(synthetic.distorted(unknown, bank=FEW), 1)
    assert (picture == 7).all()


def test_all_classes_are_equally_likely():
    flat = tf.data.Dataset.from_tensors(np.full((16, 16, 3), 7, np.uint8)).repeat(600)
    rows = taken(synthetic.distorted(flat, bank=FEW), 600)
    classes = np.array([synthetic.labels(kind, level) for _, kind, level in rows])
    labels = [row.label(level) for row in FEW.values() for level in range(1, 6)]
    names, result = np.unique(classes, return_counts=True)
    assert names.tolist() == sorted([*labels, 125])
    expected = len(rows) / len(names)
    # The 99.9 % quantile of chi-squared with 10 degrees of freedom.
    assert np.square(result - expected).sum() / expected < 29.6


def test_labels_are_the_class_scheme_of_the_bank():
    rows = distortions.DISTORTIONS.values()
    pairs = [(row.number, level) for row in rows for level in range(1, 6)]
    types, levels = np.array([*pairs, (0, 0)], np.int32).T
    expected = [row.label(level) for row in rows for level in range(1, 6)]
    assert synthetic.labels(types, levels).numpy().tolist() == [*expected, 125]
