"""Tests of the contrastive loss, against its formula pair by pair."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.losses import SupervisedNTXent

CLASSES = np.array([0, 1, 0, 2, 1, 0, 300, 301])


@pytest.fixture
def embeddings():
    return np.random.default_rng(0).normal(size=(8, 4)).astype("float32")


def oracle(classes, embeddings, temperature=0.1):
    """The formula, one pair at a time."""
    units = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    losses = []
    for i, own in enumerate(classes):
        others = [j for j in range(len(classes)) if j != i]
        partition = sum(np.exp(units[i] @ units[j] / temperature) for j in others)
        alike = [units[i] @ units[j] / temperature for j in others if classes[j] == own]
        losses.append(np.log(partition) - np.mean(alike) if alike else 0.0)
    return np.array(losses)


def plain(classes, embeddings, temperature=0.1):
    """The formula on all pairs at once, whose gradient the backend computes."""
    units = embeddings / ops.sqrt(ops.sum(embeddings**2, axis=1, keepdims=True))
    logits = units @ ops.transpose(units) / temperature
    same = np.eye(len(classes), dtype=bool)
    positive = (classes[:, None] == classes[None]) & ~same
    partition = ops.logsumexp(ops.where(same, -1e9, logits), axis=1)
    drawn = ops.sum(ops.where(positive, logits, 0.0), axis=1)
    count = positive.sum(axis=1)
    losses = partition - drawn / np.maximum(count, 1).astype("float32")
    return ops.mean(ops.where(count > 0, losses, 0.0))


def gradient(function, embeddings):
    if keras.backend.backend() == "jax":
        import jax

        return np.asarray(jax.grad(function)(embeddings))
    import tensorflow as tf

    point = tf.constant(embeddings)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = function(point)
    return tape.gradient(value, point).numpy()


def values(classes, embeddings, **options):
    loss = SupervisedNTXent(reduction=None, **options)
    return ops.convert_to_numpy(loss(classes, embeddings))


@pytest.mark.parametrize("block", [1, 3, 8, 128])
@pytest.mark.parametrize("temperature", [0.05, 0.1, 1.0])
def test_is_its_formula(embeddings, temperature, block):
    result = values(CLASSES, embeddings, temperature=temperature, block=block)
    expected = oracle(CLASSES, embeddings, temperature)
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_golden():
    """A number of the authors' code: two distorted and two authentic images."""
    views = [np.random.RandomState(s).standard_normal((16, 8)) for s in (3, 4)]
    classes = np.tile(np.repeat([5, 5, 126, 127], 4), 2)
    loss = SupervisedNTXent()(classes, np.concatenate(views).astype("float32"))
    assert float(loss) == pytest.approx(7.286214, abs=1e-5)


@pytest.mark.parametrize("block", [1, 3, 8, 128])
def test_the_gradient_is_that_of_the_plain_form(embeddings, block):
    loss = SupervisedNTXent(block=block)
    result = gradient(lambda x: loss(CLASSES, x), embeddings)
    expected = gradient(lambda x: plain(CLASSES, x), embeddings)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    assert np.abs(expected).max() > 0.1


def test_many_rows_are_as_the_plain_form():
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 20, 700)
    embeddings = rng.normal(size=(700, 16)).astype("float32")
    loss = SupervisedNTXent()
    assert float(loss(classes, embeddings)) == pytest.approx(
        float(plain(classes, embeddings)), rel=1e-5
    )
    np.testing.assert_allclose(
        gradient(lambda x: loss(classes, x), embeddings),
        gradient(lambda x: plain(classes, x), embeddings),
        atol=1e-6,
    )


def test_upstream_weights_reach_their_rows(embeddings):
    weights = np.linspace(0, 2, 8).astype("float32")
    loss = SupervisedNTXent(reduction=None, block=3)
    result = gradient(lambda x: ops.sum(weights * loss(CLASSES, x)), embeddings)
    step = np.zeros_like(embeddings)
    step[4, 2] = 1e-2
    ends = [
        (weights * oracle(CLASSES, (embeddings + sign * step).astype("float64"))).sum()
        for sign in (1, -1)
    ]
    assert result[4, 2] == pytest.approx((ends[0] - ends[1]) / 2e-2, rel=1e-3)


def test_length_and_order_do_not_matter(embeddings):
    expected = values(CLASSES, embeddings)
    np.testing.assert_allclose(values(CLASSES, 7 * embeddings), expected, rtol=1e-5)
    order = np.random.default_rng(1).permutation(8)
    shuffled = values(CLASSES[order], embeddings[order])
    np.testing.assert_allclose(shuffled, expected[order], rtol=1e-5, atol=1e-6)


def test_perfect_clusters_reach_the_floor():
    clusters = np.repeat(np.eye(2, dtype="float32"), 3, axis=0)
    loss = SupervisedNTXent()(np.repeat([0, 1], 3), clusters)
    np.testing.assert_allclose(loss, np.log(2 + 3 * np.exp(-10.0)), rtol=1e-5)


@pytest.mark.parametrize("classes", [CLASSES, np.arange(8), CLASSES[:, None]])
def test_rows_alone_cost_nothing_and_zeros_do_no_harm(embeddings, classes):
    embeddings[2] = 0
    loss = SupervisedNTXent(reduction=None)
    result = ops.convert_to_numpy(loss(classes, embeddings))
    assert (result[[3, 6, 7]] == 0).all()
    assert np.isfinite(gradient(lambda x: ops.sum(loss(classes, x)), embeddings)).all()


def test_half_precision_is_computed_in_single(embeddings):
    # 300 and 301 are one number in bfloat16, and must stay two classes.
    half = ops.cast(embeddings, "bfloat16")
    single = ops.convert_to_numpy(ops.cast(half, "float32"))
    np.testing.assert_allclose(
        values(CLASSES, half), oracle(CLASSES, single), rtol=1e-5, atol=1e-6
    )


def test_survives_its_config():
    loss = SupervisedNTXent(0.3, block=7)
    copy = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(copy, SupervisedNTXent)
    assert (copy.temperature, copy.block) == (0.3, 7)


@pytest.mark.parametrize("options", [{"temperature": 0}, {"block": 0}])
def test_rejects(options):
    with pytest.raises(ValueError, match=r"(temperature|block)=0"):
        SupervisedNTXent(**options)


@pytest.mark.parametrize("label", [-1, 0.5, np.nan, np.inf, 2**24, 2**24 + 1])
def test_labels_that_are_no_classes_are_refused(embeddings, label):
    classes = CLASSES.astype("float64")
    classes[3] = label
    with pytest.raises(ValueError, match=r"`y_true` .*to 16777215.*Received: y_true"):
        SupervisedNTXent()(classes, embeddings)


def test_the_largest_class_is_one(embeddings):
    classes = np.full(8, 2**24 - 1)
    assert np.isfinite(float(SupervisedNTXent()(classes, embeddings)))


@pytest.mark.parametrize("classes", [CLASSES[:7], np.arange(9), CLASSES[:0]])
def test_one_class_for_each_row(embeddings, classes):
    with pytest.raises(ValueError, match=rf"8 rows.*with {len(classes)}"):
        SupervisedNTXent()(classes, embeddings)


def test_graphs_know_no_values(embeddings):
    """They take what comes, and give what is found without them."""
    loss = SupervisedNTXent(reduction=None)
    if keras.backend.backend() == "jax":
        import jax

        compiled = jax.jit(loss)
    else:
        import tensorflow as tf

        compiled = tf.function(loss)
    result = ops.convert_to_numpy(compiled(CLASSES, embeddings))
    np.testing.assert_allclose(result, values(CLASSES, embeddings), rtol=1e-5)
