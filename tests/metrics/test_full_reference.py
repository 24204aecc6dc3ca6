"""Tests of the full-reference measures."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.metrics.full_reference import gmsd
from tfiqa.metrics.full_reference import ms_ssim

RANDOM = np.random.default_rng(0)
COARSE = RANDOM.integers(0, 256, (12, 13, 3))
REFERENCE = np.kron(COARSE, np.ones((16, 15, 1))).astype("uint8")


def noisy(deviation):
    noise = np.random.default_rng(1).normal(0, deviation, REFERENCE.shape)
    return np.clip(REFERENCE + noise, 0, 255).astype("uint8")


def slow_gmsd(reference, picture):
    """The definition, pixel by pixel."""
    halves = []
    for image in (reference, picture):
        luma = image.astype(float) @ [0.299, 0.587, 0.114]
        height, width = luma.shape[0] // 2, luma.shape[1] // 2
        half = np.zeros((height + 2, width + 2))  # Black beyond the borders.
        for i in range(height):
            for j in range(width):
                half[i + 1, j + 1] = luma[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean()
        halves.append(half)
    similarities = []
    for i in range(1, halves[0].shape[0] - 1):
        for j in range(1, halves[0].shape[1] - 1):
            gradients = []
            for half in halves:
                across = half[i - 1 : i + 2, j + 1] - half[i - 1 : i + 2, j - 1]
                down = half[i + 1, j - 1 : j + 2] - half[i - 1, j - 1 : j + 2]
                gradients.append(np.hypot(across.sum() / 3, down.sum() / 3))
            a, b = gradients
            similarities.append((2 * a * b + 170) / (a * a + b * b + 170))
    return np.std(similarities)


def test_gmsd_equals_its_definition():
    small = REFERENCE[:41, :52], noisy(20)[:41, :52]
    assert gmsd(*small) == pytest.approx(slow_gmsd(*small), rel=1e-10)


def test_ms_ssim_is_that_of_the_luma():
    picture = noisy(20)
    lumas = [
        tf.constant((one @ np.array([0.299, 0.587, 0.114]))[..., None], tf.float32)
        for one in (REFERENCE, picture)
    ]
    expected = float(tf.image.ssim_multiscale(*lumas, 255.0))
    assert ms_ssim(REFERENCE, picture) == pytest.approx(expected, abs=1e-6)
    # Colours of one luma do not matter.
    assert expected < 0.99


@pytest.mark.parametrize(("measure", "perfect"), [(gmsd, 0), (ms_ssim, 1)])
def test_perfect_copies_and_growing_noise(measure, perfect):
    assert measure(REFERENCE, REFERENCE) == pytest.approx(perfect, abs=1e-6)
    away = [abs(measure(REFERENCE, noisy(d)) - perfect) for d in (5, 20, 80)]
    assert 0 < away[0] < away[1] < away[2]


def test_sizes_are_checked():
    with pytest.raises(ValueError, match=r"\(175, 195, 3\)"):
        ms_ssim(REFERENCE[:175], REFERENCE[:175])
    with pytest.raises(ValueError, match="one size"):
        gmsd(REFERENCE, REFERENCE[1:])
