"""Tests of the Weibull fit."""

import numpy as np
import pytest
from keras import ops

from benchmarks import plain_niqe
from tests.layers.test_aggd import require_double
from tfiqa.layers import weibull


def fitted(samples):
    require_double()
    return ops.convert_to_numpy(weibull.fit(ops.convert_to_tensor(samples)))


def test_agrees_with_a_bracketing_root_finder():
    random = np.random.default_rng(0)
    samples = np.stack(
        [s * random.weibull(k, 700) for k, s in [(0.4, 2), (1, 50), (2.5, 0.1), (9, 3)]]
    )
    samples[0, :3] = 1e-16  # As of gradients without any.
    expected = [plain_niqe.weibull(sample) for sample in samples]
    np.testing.assert_allclose(fitted(samples), expected, rtol=1e-10)


def test_finds_what_was_drawn():
    sample = 4 * np.random.default_rng(1).weibull(1.7, (1, 100_000))
    assert fitted(sample)[0] == pytest.approx([4, 1.7], rel=0.02)


def test_constant_samples_have_infinite_shape_and_disturb_no_others():
    random = np.random.default_rng(2)
    samples = np.stack([np.full(300, 2.5), random.weibull(2, 300)])
    result = fitted(samples)
    assert result[0, 0] == pytest.approx(2.5)
    assert np.isposinf(result[0, 1])
    np.testing.assert_allclose(result[1], plain_niqe.weibull(samples[1]), rtol=1e-10)
