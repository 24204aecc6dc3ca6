"""Tests of the statistics of the noises."""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import noise
from tfiqa.distortions.color_spaces import to_ycbcr

SEED = tf.constant([[1, 2]])
SIZE = (1, 3, 200, 220)
GRAY = tf.fill(SIZE, 0.5)
every_level = pytest.mark.parametrize("level", [0, 2, 4])


def strength(name, level):
    return DISTORTIONS[name].strengths[level]


def assert_independent(field):
    """Checks that neighbors and channels are not correlated, to 4 standard errors."""
    field = field - field.mean()
    scale = 4 / np.sqrt(field.size / 3) * np.square(field).mean()
    assert abs(np.mean(field[0, 0] * field[0, 1])) < scale
    assert abs(np.mean(field[0, :, 1:] * field[0, :, :-1])) < scale
    assert abs(np.mean(field[0, :, :, 1:] * field[0, :, :, :-1])) < scale


@every_level
def test_white_noise_is_normal(level):
    variance = strength("white_noise", level)
    added = (noise.white_noise(GRAY, variance, SEED) - GRAY).numpy()
    np.testing.assert_allclose(added.var(), variance, rtol=0.02)
    assert abs(added.mean()) < 4 * np.sqrt(variance / added.size)
    scaled = added.ravel() / np.sqrt(variance)
    assert scipy.stats.kstest(scaled, "norm").pvalue > 1e-3
    assert_independent(added)


def test_white_noise_is_clipped():
    noisy = noise.white_noise(tf.zeros(SIZE), 0.01, SEED).numpy()
    np.testing.assert_allclose(np.mean(noisy == 0), 0.5, atol=0.01)


@every_level
def test_color_noise_is_normal_in_all_planes_of_ycbcr(level):
    variance = strength("color_noise", level)
    noisy = noise.color_noise(GRAY, variance, SEED)
    added = (to_ycbcr(noisy) - to_ycbcr(GRAY)).numpy()
    np.testing.assert_allclose(added.var(axis=(0, 2, 3)), variance, rtol=0.05)
    assert_independent(added)


@every_level
def test_impulses_are_black_or_white_sample_by_sample(level):
    density = strength("impulse_noise", level)
    noisy = noise.impulse_noise(GRAY, density, SEED).numpy()
    black, white = noisy == 0, noisy == 1
    assert np.all(black | white | (noisy == 0.5))
    error = 4 * np.sqrt(density / noisy.size)
    assert abs(black.mean() - density / 2) < error
    assert abs(white.mean() - density / 2) < error
    assert_independent((black | white).astype("float64"))


@every_level
def test_multiplicative_noise_is_uniform(level):
    variance = strength("multiplicative_noise", level)
    noisy = noise.multiplicative_noise(GRAY, variance, SEED).numpy()
    factors = noisy / 0.5 - 1
    np.testing.assert_allclose(factors.var(), variance, rtol=0.02)
    span = np.sqrt(12 * variance)
    scaled = factors.ravel() / span + 0.5
    assert scipy.stats.kstest(scaled, "uniform").pvalue > 1e-3
    assert_independent(factors)
    assert np.all(noise.multiplicative_noise(GRAY * 0, variance, SEED) == 0)


@every_level
def test_denoising_takes_most_noise_away_and_leaves_edges(level):
    variance = strength("denoise", level)
    planes = np.full(SIZE, 0.3, "float32")
    planes[..., 110:] = 0.7
    noisy = noise.white_noise(tf.constant(planes), variance, SEED).numpy()
    cleaned = noise.denoise(tf.constant(planes), variance, SEED).numpy()
    flat = np.s_[:, :, 20:-20, 20:80]
    assert cleaned[flat].var() < 0.1 * noisy[flat].var()
    step = cleaned[..., 114].mean() - cleaned[..., 105].mean()
    assert step > 0.2
