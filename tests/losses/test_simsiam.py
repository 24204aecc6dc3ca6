"""Tests of the agreement of two views."""

import numpy as np
import pytest
from keras import ops

from tfiqa import losses


def test_is_the_value_of_the_authors_code():
    views = np.random.RandomState(4).randn(4, 4, 6)
    features, predictions = np.stack(views[:2], 1), np.stack(views[2:], 1)
    result = losses.simsiam(
        ops.convert_to_tensor(features), ops.convert_to_tensor(predictions)
    )
    assert float(result) == pytest.approx(0.0484489620, abs=1e-6)


def test_equal_views_agree():
    features = np.random.default_rng(0).normal(size=(3, 1, 5)).repeat(2, axis=1)
    assert float(losses.simsiam(features, 7 * features)) == pytest.approx(-1, abs=1e-5)
