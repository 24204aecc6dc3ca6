"""Tests of the contrastive loss of sets, against its formula pair by pair."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.losses.test_supervised_ntxent import gradient
from tfiqa.losses import MultiLabelNTXent
from tfiqa.losses import SupervisedNTXent

SETS = np.array(
    [
        [3, 70, -1],
        [70, 3, 9],
        [-1, 3, -1],
        [8, 9, 70],
        [125, -1, -1],
        [4, 5, 6],
        [8, 2, 1],
    ]
)


@pytest.fixture
def embeddings():
    return np.random.default_rng(0).normal(size=(len(SETS), 4)).astype("float32")


def oracle(sets, embeddings, temperature=0.1):
    """The formula, one pair of Python sets at a time."""
    units = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    sets = [{member for member in row if member >= 0} for row in sets.tolist()]
    losses = []
    for i, own in enumerate(sets):
        partition, drawn, total = 0.0, 0.0, 0.0
        for j, other in enumerate(sets):
            if i == j:
                continue
            logit = float(units[i] @ units[j]) / temperature
            weight = len(own & other) / len(own | other)
            partition += np.exp(logit)
            drawn, total = drawn + weight * logit, total + weight
        losses.append(np.log(partition) - drawn / total if total else 0.0)
    return np.array(losses)


def plain(sets, embeddings, temperature=0.1):
    """The formula on all pairs at once, whose gradient the backend computes."""
    members = np.zeros((len(sets), 200), "float32")
    for row, own in zip(members, sets, strict=True):
        row[own[own >= 0]] = 1
    common, counts = members @ members.T, members.sum(axis=1)
    weights = common / (counts[:, None] + counts - common)
    np.fill_diagonal(weights, 0)
    units = embeddings / ops.sqrt(ops.sum(embeddings**2, axis=1, keepdims=True))
    logits = units @ ops.transpose(units) / temperature
    same = np.eye(len(sets), dtype=bool)
    partition = ops.logsumexp(ops.where(same, -1e9, logits), axis=1)
    total = weights.sum(axis=1)
    drawn = ops.sum(weights * logits, axis=1) / np.where(total > 0, total, 1)
    return ops.mean(ops.where(total > 0, partition - drawn, 0.0))


@pytest.mark.parametrize("block", [1, 3, 128])
@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_is_its_formula(embeddings, temperature, block):
    loss = MultiLabelNTXent(temperature, block, reduction=None)
    result = ops.convert_to_numpy(loss(SETS, embeddings))
    expected = oracle(SETS, embeddings, temperature)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
    # What shares nothing with the others has no loss; two that share a little have.
    assert (result[[4, 5]] == 0).all()
    assert (result[[0, 1, 2, 3, 6]] > 0).all()


@pytest.mark.parametrize("block", [1, 3, 128])
def test_the_gradient_is_that_of_the_plain_form(embeddings, block):
    loss = MultiLabelNTXent(block=block)
    result = gradient(lambda x: loss(SETS, x), embeddings)
    expected = gradient(lambda x: plain(SETS, x), embeddings)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    assert np.abs(expected).max() > 0.1


def test_sets_of_one_member_are_classes(embeddings):
    classes = np.array([0, 1, 0, 2, 1, 0, 300])
    expected = SupervisedNTXent(reduction=None)(classes, embeddings)
    for sets in (classes[:, None], np.stack([np.full(7, -1), classes], axis=1)):
        result = MultiLabelNTXent(reduction=None)(sets, embeddings)
        np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_wrong_sets_are_told(embeddings):
    loss = MultiLabelNTXent()
    with pytest.raises(ValueError, match=r"integers from -1 to .* Received: .*-2"):
        loss(np.where(SETS < 0, -2, SETS), embeddings)
    with pytest.raises(ValueError, match="one class for each of the 7 rows"):
        loss(SETS[:5], embeddings)


def test_its_config_makes_it_again():
    loss = MultiLabelNTXent(0.2, 64)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(again, MultiLabelNTXent)
    assert (again.temperature, again.block) == (0.2, 64)
