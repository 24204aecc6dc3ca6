"""Tests of the bound of mutual information, against sums over pairs."""

import numpy as np
import pytest

from tfiqa import losses


def plain(content, mean, log_variance):
    """Returns the means over all and over own pairs, by the tensor of all pairs."""
    squares = (content[:, None] - mean[None]) ** 2 / np.exp(log_variance)[None]
    pairs = squares.sum(axis=2)
    return pairs.mean(), np.diag(pairs).mean()


def example():
    rng = np.random.RandomState(5)
    mean, log_variance = rng.randn(4, 5), np.tanh(rng.randn(4, 5))
    content = rng.rand(4, 5)
    return content / content.sum(axis=1, keepdims=True), mean, log_variance


def test_values_are_those_of_the_authors_code():
    assert float(losses.club(*example())) == pytest.approx(0.0272576900, abs=2e-6)
    result = float(losses.contrastive_likelihood(*example()))
    assert result == pytest.approx(-0.0272576900, abs=2e-6)
    assert float(losses.log_likelihood(*example())) == pytest.approx(
        6.5920548505, abs=1e-5
    )


def test_the_cheap_form_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(1)
    content = rng.dirichlet(np.ones(50), size=32).astype("float32")
    mean = rng.normal(size=(32, 50)).astype("float32")
    log_variance = np.tanh(rng.normal(size=(32, 50))).astype("float32")
    all_pairs, own = plain(*map(np.float64, (content, mean, log_variance)))
    result = float(losses.club(content, mean, log_variance))
    assert result == pytest.approx(all_pairs - own, abs=1e-5 * all_pairs)
    result = float(losses.log_likelihood(content, mean, log_variance))
    expected = own + log_variance.sum(axis=1).mean()
    assert result == pytest.approx(expected, rel=1e-5)


def test_the_limit_is_the_estimate_of_an_exact_prediction():
    content, _, log_variance = example()
    exact = losses.club(content, content, np.full_like(log_variance, -1.0))
    assert float(losses.club_limit(content)) == pytest.approx(float(exact), rel=1e-5)


def test_features_that_say_nothing_share_no_information():
    content, mean, log_variance = example()
    result = losses.club(content, mean[:1].repeat(4, 0), log_variance[:1].repeat(4, 0))
    assert float(result) == pytest.approx(0, abs=1e-6)
