"""Tests of InfoNCE: the authors' value, and a loop over candidates."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import losses


def units(rng, rows):
    vectors = rng.randn(rows, 8)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def loss(*vectors, **options):
    vectors = [ops.convert_to_tensor(one.astype("float32")) for one in vectors]
    if "batch" in options:
        options["batch"] = ops.convert_to_tensor(options["batch"].astype("float32"))
    logits = losses.contrast_logits(*vectors, temperature=0.2, **options)
    return float(losses.info_nce(logits)), ops.convert_to_numpy(logits)


def test_is_the_value_of_the_authors_code():
    rng = np.random.RandomState(2)
    queries, keys, queue = units(rng, 3), units(rng, 3), units(rng, 10)
    result, logits = loss(queries, keys, queue)
    assert result == pytest.approx(2.9413786041, abs=1e-6)
    assert logits.shape == (3, 11)


def test_keys_of_the_batch_but_the_own_one_are_negatives():
    rng = np.random.RandomState(3)
    queries, batch, queue = units(rng, 3), units(rng, 7), units(rng, 4)
    result, _ = loss(queries, batch[2:5], queue, batch=batch, first=2)
    expected = []
    for index in range(3):
        others = [key for place, key in enumerate(batch) if place != 2 + index]
        candidates = np.array([batch[2 + index], *others, *queue])
        odds = np.exp(candidates @ queries[index] / 0.2)
        expected.append(-np.log(odds[0] / odds.sum()))
    assert result == pytest.approx(np.mean(expected), abs=1e-5)


def test_keys_of_the_own_group_are_no_negatives():
    rng = np.random.RandomState(4)
    queries, batch, queue = units(rng, 3), units(rng, 7), units(rng, 4)
    groups = np.array([0, 5, 5, 0, 2, 5, 2], "int32")
    result, logits = loss(
        queries, batch[2:5], queue, batch=batch, first=2, groups=groups
    )
    expected = []
    for index in range(3):
        others = [
            key
            for key, group in zip(batch, groups, strict=True)
            if group != groups[2 + index]
        ]
        candidates = np.array([batch[2 + index], *others, *queue])
        odds = np.exp(candidates @ queries[index] / 0.2)
        expected.append(-np.log(odds[0] / odds.sum()))
    assert result == pytest.approx(np.mean(expected), abs=1e-5)
    assert np.isneginf(logits).sum() == 3 + 2 + 2


def test_large_similarities_do_not_overflow():
    same = np.ones((2, 1))
    logits = losses.contrast_logits(same, same, -same, temperature=1e-3, batch=same)
    assert float(losses.info_nce(logits)) == pytest.approx(np.log(2), abs=1e-4)


@pytest.mark.parametrize(("rows", "block"), [(5, 2), (6, 3), (4, 100)])
@pytest.mark.parametrize("negatives", ["batch", "groups", "queue"])
def test_blocks_are_the_whole(rows, block, negatives):
    """The loss, its gradient by the queries, and how often the own key is nearest."""
    rng = np.random.RandomState(4)
    queries, batch, others = units(rng, rows), units(rng, rows + 3), units(rng, 9)
    keys = batch[2 : 2 + rows]
    options = {"temperature": 0.2, "first": 2}
    if negatives == "groups":
        options["groups"] = np.arange(len(batch)) // 2
    if negatives != "queue":
        options["batch"] = ops.convert_to_tensor(batch.astype("float32"))
    keys, others = (
        ops.convert_to_tensor(one.astype("float32")) for one in (keys, others)
    )

    def whole(queries):
        logits = losses.contrast_logits(queries, keys, others, **options)
        return losses.info_nce(logits)

    def blocks(queries):
        return losses.blocked_info_nce(queries, keys, others, block=block, **options)[0]

    queries = ops.convert_to_tensor(queries.astype("float32"))
    expected, slope = value_and_gradient(whole, queries)
    result, slope_of_blocks = value_and_gradient(blocks, queries)
    assert result == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(slope_of_blocks, slope, atol=1e-6)
    logits = ops.convert_to_numpy(
        losses.contrast_logits(queries, keys, others, **options)
    )
    _, share = losses.blocked_info_nce(queries, keys, others, block=block, **options)
    assert float(share) == pytest.approx(np.mean(logits.argmax(axis=1) == 0))


def value_and_gradient(function, rows):
    if keras.backend.backend() == "jax":
        import jax

        value, slope = jax.value_and_grad(function)(rows)
        return float(value), np.asarray(slope)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(rows)
        value = function(rows)
    return float(value), tape.gradient(value, rows).numpy()
