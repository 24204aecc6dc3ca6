"""Tests of the distance of Gaussians, against the inverse of the whole matrix."""

import numpy as np
import pytest
from keras import ops

from tfiqa import layers
from tfiqa.layers import gaussian_distance
from tfiqa.layers import precision

# JAX computes in double precision only on request.
DOUBLE = precision.double() == "float64"


def distance_of(pristine, ridge=1e-3, **options):
    statistics = layers.gaussian_statistics(pristine)
    layer = layers.GaussianDistance(len(statistics[1]), ridge, **options)
    length = pristine.shape[1]
    layer.build((None, None, None, length), (None, length))
    layer.set_weights(statistics)
    return layer


def plain(pristine, features, ridge=1e-3):
    """Returns the distance by inverting the mean covariance."""
    covariance = np.cov(pristine.T)
    if len(features) > 1:
        covariance = covariance + np.cov(features.T)
    matrix = covariance / 2 + ridge * np.eye(pristine.shape[1])
    difference = pristine.mean(axis=0) - features.mean(axis=0)
    return np.sqrt(difference @ np.linalg.inv(matrix) @ difference)


def called(layer, features):
    """Returns the distances of `(batch, rows, columns, d)`, `(batch,)`."""
    mean = features.mean(axis=(1, 2))
    return ops.convert_to_numpy(layer(features, mean))[:, 0]


def test_is_the_value_of_the_authors_code():
    rng = np.random.RandomState(6)
    pristine, features = rng.rand(20, 12), rng.rand(9, 12)
    result = called(distance_of(pristine), features.reshape(1, 3, 3, 12))
    assert result.dtype == np.float32
    assert result[0] == pytest.approx(2.1709983304, rel=1e-6)
    assert plain(pristine, features) == pytest.approx(2.1709983304, abs=1e-9)


@pytest.mark.skipif(not DOUBLE, reason="needs double precision")
def test_is_solved_in_double_precision():
    rng = np.random.RandomState(6)
    pristine, features = rng.rand(20, 12), rng.rand(9, 12)
    layer = distance_of(pristine)
    white = ops.convert_to_numpy(layer._whitened(features))
    spread = (white - white.mean(axis=0)) / 4
    result = gaussian_distance._solved(spread[None], white.mean(axis=0)[None])
    assert float(result[0, 0]) ** 0.5 == pytest.approx(2.1709983304, abs=1e-9)


@pytest.mark.parametrize("portable", [False, True])
@pytest.mark.parametrize(
    ("pristine_count", "rows"), [(2, 3), (9, 4), (300, 1), (40, 9)]
)
def test_is_that_of_the_inverse(portable, pristine_count, rows):
    rng = np.random.default_rng(rows)
    basis = rng.normal(size=(30, 30)) * np.geomspace(1, 1e-3, 30)
    pristine = rng.normal(size=(pristine_count, 30)) @ basis
    features = (rng.normal(size=(2, rows, 7, 30)) + 0.5) @ basis
    expected = [plain(pristine, one.reshape(-1, 30)) for one in features]
    result = called(distance_of(pristine, portable=portable), features)
    exact = DOUBLE and not portable
    np.testing.assert_allclose(result, expected, rtol=1e-6 if exact else 1e-4)


def test_a_single_patch_has_no_covariance():
    rng = np.random.default_rng(0)
    pristine = rng.normal(size=(6, 5))
    layer = distance_of(pristine, 0.1)
    patches = rng.normal(size=(2, 3, 4, 5))
    result = ops.convert_to_numpy(layer.per_patch(patches))
    assert result.shape == (2, 3, 4)
    for place in np.ndindex(result.shape):
        expected = plain(pristine, patches[place][None], 0.1)
        assert result[place] == pytest.approx(expected, rel=1e-5)
    alone = called(layer, patches[:1, :1, :1])
    assert alone[0] == pytest.approx(result[0, 0, 0], rel=1e-6)


def test_statistics_rebuild_the_covariance():
    pristine = np.random.default_rng(0).normal(size=(8, 5))
    mean, variances, directions = layers.gaussian_statistics(pristine)
    np.testing.assert_allclose(mean, pristine.mean(axis=0))
    rebuilt = directions.T @ np.diag(variances) @ directions
    np.testing.assert_allclose(rebuilt, np.cov(pristine.T), atol=1e-12)
    assert len(layers.gaussian_statistics(pristine[:3])[1]) == 2


def test_too_few_or_equal_patches_are_refused():
    with pytest.raises(ValueError, match=r"at least 2.*\(1, 5\)"):
        layers.gaussian_statistics(np.ones((1, 5)))
    with pytest.raises(ValueError, match=r"4 patches.* the same"):
        layers.gaussian_statistics(np.ones((4, 5)))
    with pytest.raises(ValueError, match="Finite"):
        layers.gaussian_statistics(np.full((4, 5), np.nan))
    with pytest.raises(ValueError, match="ridge=0"):
        layers.GaussianDistance(3, ridge=0)
