"""Tests of the fit of asymmetric generalized Gaussians."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from benchmarks import plain_niqe
from tfiqa.layers import aggd
from tfiqa.layers.precision import double


def require_double():
    if double() != "float64":
        pytest.skip("double precision on JAX needs JAX_ENABLE_X64=1")


def fitted(samples):
    require_double()
    values = ops.convert_to_tensor(np.asarray(samples, "float64"))
    return [
        ops.convert_to_numpy(part)
        for part in aggd.fit(aggd.moments(values, axis=1), values.shape[1])
    ]


def drawn(alpha, left, right, count=200_000, seed=0):
    """Returns samples of the distribution, by its definition."""
    random = np.random.default_rng(seed)
    size = random.gamma(1 / alpha, size=count) ** (1 / alpha)
    side = random.random(count) < right / (left + right)
    return np.where(side, right * size, -left * size)


@pytest.mark.parametrize(
    ("alpha", "left", "right"), [(0.8, 1, 2), (2, 3, 1), (1, 0.1, 0.1), (4, 2, 5)]
)
def test_finds_what_was_drawn(alpha, left, right):
    result = np.concatenate(fitted([drawn(alpha, left, right)]))
    mean = (right - left) * special.gamma(2 / alpha) / special.gamma(1 / alpha)
    assert result[0] == pytest.approx(alpha, rel=0.02)
    assert result[1:3] == pytest.approx([left, right], rel=0.03)
    assert result[3] == pytest.approx(mean, abs=0.03 * (left + right))


def test_agrees_with_the_plain_one():
    random = np.random.default_rng(1)
    samples = random.standard_normal((20, 500)) ** 3 + random.normal(size=(20, 1))
    samples[:, :50] = 0
    expected = np.array([plain_niqe.aggd(sample) for sample in samples])
    np.testing.assert_allclose(np.stack(fitted(samples)[:3], 1), expected, rtol=1e-11)


def test_scales_and_mirrors():
    samples = drawn(1.5, 1, 2, count=4000)[None]
    alpha, left, right, mean = fitted(samples)
    np.testing.assert_allclose(
        fitted(-3 * samples), [alpha, 3 * right, 3 * left, -3 * mean], rtol=1e-12
    )


def test_bisection_finds_what_trying_all_finds():
    random = np.random.default_rng(2)
    ratios = aggd.moment_ratios()
    assert (np.diff(ratios) > 0).all()
    targets = np.concatenate(
        [random.uniform(0, 0.9, 2000), random.choice(ratios, 500), [0, 1]]
    )
    tried = np.array([np.argmin((ratios - ratio) ** 2) for ratio in targets])
    np.testing.assert_array_equal(np.searchsorted(aggd._boundaries(), targets), tried)


@pytest.mark.parametrize("sample", [[1.0, 2, 3, 0], [-1, -2, -3, 0], [0, 0, 0, 0]])
def test_one_side_alone_has_no_scales(sample):
    alpha, left, right, _ = fitted([sample])
    assert alpha == pytest.approx(0.2)
    assert np.isnan(left + right)


def test_runs_on_this_backend():
    values = ops.convert_to_tensor(drawn(2.0, 1, 1, 5000)[None].astype("float32"))
    alpha = aggd.fit(aggd.moments(values, axis=1), 5000).alpha
    assert keras.ops.convert_to_numpy(alpha)[0] == pytest.approx(2.0, rel=0.1)
