"""Tests of the order of versions by their levels."""

import keras
import numpy as np
import pytest

from tfiqa.losses.ranking import LevelRanking
from tfiqa.losses.ranking import level_ranking

RNG = np.random.default_rng(0)


def plain(levels, scores, margin, most):
    """Returns the cost of each list, pair by pair."""
    result = []
    for row, values in zip(levels, scores, strict=True):
        costs = []
        for i, better in enumerate(row):
            for j, worse in enumerate(row):
                if 0 <= better < worse:
                    required = margin * min(worse - better, most)
                    costs.append(max(0.0, required - (values[i] - values[j])))
        result.append(np.mean(costs) if costs else 0.0)
    return np.array(result)


@pytest.mark.parametrize(("margin", "most"), [(0.25, 1.0), (0.5, 3.0), (0.1, 9.0)])
def test_is_what_a_loop_over_pairs_gives(margin, most):
    levels = RNG.integers(-1, 6, (20, 6))
    scores = RNG.normal(0, 1, (20, 6)).astype("float32")
    result = level_ranking(levels, keras.ops.convert_to_tensor(scores), margin, most)
    np.testing.assert_allclose(result, plain(levels, scores, margin, most), atol=1e-6)
    loss = LevelRanking(margin, most)(levels, scores)
    expected = plain(levels, scores, margin, most).mean()
    assert float(loss) == pytest.approx(expected, rel=1e-5)


def test_right_orders_with_room_cost_nothing():
    levels = np.array([[0, 1, 2, 5], [3, 0, -1, 1]])
    scores = np.array([[9.0, 8.0, 7.0, 2.0], [0.0, 5.0, 99.0, 2.0]], "float32")
    loss = LevelRanking(1.0, reduction=None)
    np.testing.assert_array_equal(loss(levels, scores), [0, 0])
    turned = loss(levels, -scores)
    assert np.all(keras.ops.convert_to_numpy(turned) > 1)


def test_what_is_missing_does_not_matter():
    levels, scores = np.array([[0, 2, -1]]), np.array([[0.0, 0.1, 0.0]], "float32")
    first = LevelRanking()(levels, scores)
    scores[0, 2] = 1e6
    assert float(LevelRanking()(levels, scores)) == float(first) == pytest.approx(0.35)


def test_lists_without_an_order_cost_nothing():
    levels = np.array([[2, 2, 2], [-1, -1, 4]])
    assert float(LevelRanking()(levels, np.zeros((2, 3), "float32"))) == 0.0


def test_survives_its_config():
    loss = LevelRanking(0.3, most=2)
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert (again.margin, again.most) == (0.3, 2.0)


@pytest.mark.parametrize("options", [{"margin": 0}, {"most": 0.5}])
def test_refuses(options):
    with pytest.raises(ValueError, match=r"Received: margin="):
        LevelRanking(**options)
