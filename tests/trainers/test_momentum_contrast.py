"""Tests of momentum contrast on one device, on every backend."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tests.trainers import toy_contrast
from tfiqa import trainers
from tfiqa.trainers.key_queue import KeyQueue


def arrays(variables):
    return [ops.convert_to_numpy(variable).copy() for variable in variables]


def fit(trainee, *batches):
    """Fits one epoch of these batches; returns the log."""
    return trainee.fit(dataset(batches), shuffle=False, verbose=0).history


def statistics(network):
    """The moving statistics of batch normalisation."""
    return [weight for weight in network.weights if "moving" in weight.path]


def dataset(batches):
    stacked = np.array(batches, "float32")
    data = tf.data.Dataset.from_tensor_slices(stacked)
    return data.map(lambda views: (views[0], views[1]))


def unit(vectors):
    vectors = ops.convert_to_numpy(vectors)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize("negatives", ["batch", "queue"])
def test_a_step(negatives):
    """The loss sees the old queue; the key network follows what the step has left."""
    trainee = toy_contrast.build(negatives=negatives, momentum=0.75)
    first, second = toy_contrast.views(8)
    followers, queue = arrays(trainee.followers), arrays([trainee.queue.keys])[0]
    copy = toy_contrast.build()
    queries = unit(copy.query(first.astype("float32"), training=True))
    keys = unit(copy.key(second.astype("float32"), training=True))
    moving = arrays(statistics(copy.key))

    log = fit(trainee, (first, second))
    rows, hits = [], []
    for index, query in enumerate(queries):
        others = np.delete(keys, index, axis=0) if negatives == "batch" else keys[:0]
        candidates = np.concatenate([keys[[index]], others, queue]) @ query / 0.2
        rows.append(np.log(np.exp(candidates).sum()) - candidates[0])
        hits.append(candidates.argmax() == 0)
    assert log["loss"][0] == pytest.approx(np.mean(rows), abs=1e-5)
    assert log["accuracy"][0] == pytest.approx(np.mean(hits))

    queue[:8] = keys
    np.testing.assert_allclose(arrays([trainee.queue.keys])[0], queue, atol=1e-6)
    now = arrays(trainee.query.trainable_variables)
    changed = [
        np.abs(one - other).max() for one, other in zip(now, followers, strict=True)
    ]
    assert max(changed) > 1e-3
    for result, old, new in zip(arrays(trainee.followers), followers, now, strict=True):
        np.testing.assert_allclose(result, 0.75 * old + 0.25 * new, atol=1e-6)
    for result, expected in zip(arrays(statistics(trainee.key)), moving, strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


def test_views_of_the_same_group_are_no_negatives():
    groups = np.array([3, 3, 1, 2, 2, 2, 0, 7], "int32")
    trainee = toy_contrast.build()
    first, second = toy_contrast.views(8)
    queue = arrays([trainee.queue.keys])[0]
    copy = toy_contrast.build()
    queries = unit(copy.query(first.astype("float32"), training=True))
    keys = unit(copy.key(second.astype("float32"), training=True))
    views = np.array([first, second], "float32")
    data = tf.data.Dataset.from_tensors((*views, groups))
    log = trainee.fit(data, shuffle=False, verbose=0).history
    rows = []
    for index, query in enumerate(queries):
        others = keys[groups != groups[index]]
        candidates = np.concatenate([keys[[index]], others, queue]) @ query / 0.2
        rows.append(np.log(np.exp(candidates).sum()) - candidates[0])
    assert log["loss"][0] == pytest.approx(np.mean(rows), abs=1e-5)


def test_the_key_network_starts_as_the_query_network_and_has_no_slopes():
    trainee = toy_contrast.build()
    for one, other in zip(
        trainee.query.get_weights(), trainee.key.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert len(trainee.trainable_variables) == len(trainee.query.trainable_variables)


def test_the_queue_goes_round():
    queue = KeyQueue(5, 2)
    expected = arrays([queue.keys])[0]
    np.testing.assert_allclose(np.linalg.norm(expected, axis=1), 1, rtol=1e-6)
    for step in range(4):
        rows = np.full((3, 2), step, "float32") + np.arange(3)[:, None]
        queue.put(ops.convert_to_tensor(rows))
        for k in range(3):
            expected[(3 * step + k) % 5] = rows[k]
    np.testing.assert_array_equal(arrays([queue.remembered()])[0], expected)
    assert int(queue.place.numpy()) == 12 % 5


def test_a_batch_must_fit_into_the_queue():
    with pytest.raises(ValueError, match=r"queue's 5 keys.*\s6 keys"):
        KeyQueue(5, 2).put(ops.ones((6, 2)))


def test_it_learns():
    trainee = toy_contrast.build(momentum=0.9)
    batches = [toy_contrast.views(8, seed) for seed in range(3)]
    logs = [fit(trainee, *batches) for _ in range(25)]
    assert logs[-1]["loss"][0] < logs[0]["loss"][0] - 0.1


def test_a_resumed_training_has_its_queue_and_both_networks(tmp_path):
    def trained(folder, epochs, *, resume=False):
        trainee = toy_contrast.build(momentum=0.9)
        run = trainers.Run(folder, resume=resume, verbose=0)

        def batches(first):
            seeds = range(2 * first.epoch + first.step, 6)
            return dataset([toy_contrast.views(8, seed) for seed in seeds])

        trainers.fit(trainee, batches, epochs=epochs, steps_per_epoch=2, run=run)
        return trainee

    whole = trained(tmp_path / "whole", 3)
    trained(tmp_path / "cut", 2)
    resumed = trained(tmp_path / "cut", 3, resume=True)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert int(resumed.queue.place.numpy()) == 48 % 20


def test_half_precision_keeps_a_queue_in_single():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        trainee = toy_contrast.build()
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    log = fit(trainee, toy_contrast.views(8))
    assert np.isfinite(log["loss"][0])
    assert {weight.dtype for weight in trainee.queue.weights} == {"float32", "int32"}
    lengths = np.linalg.norm(arrays([trainee.queue.keys])[0], axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_rejects_negatives():
    with pytest.raises(ValueError, match="negatives='none'"):
        toy_contrast.build(negatives="none")
