"""Tests of kernels against published numbers and slower definitions."""

import numpy as np
import pytest

from tfiqa.distortions import blur
from tfiqa.distortions import kernels
from tfiqa.distortions.filters import gaussian_kernel
from tfiqa.distortions.shrinkage import detail_deviations
from tfiqa.distortions.shrinkage import dilated_spline


@pytest.mark.parametrize(
    ("radius", "center", "end"),
    [
        (1, 0.3183098862, 0.1453439474),
        (2, 0.0795774715, 0.0381149714),
        (4, 0.0198943679, 0.0097394625),
        (6, 0.0088419413, 0.0043595042),
        (8, 0.0049735920, 0.0024608767),
    ],
)
def test_disks_have_the_numbers_of_the_original(radius, center, end):
    kernel = kernels.disk(radius)
    assert kernel.shape == (2 * radius + 1, 2 * radius + 1)
    np.testing.assert_allclose(kernel[radius, radius], center, atol=1e-9)
    np.testing.assert_allclose(kernel[radius, 0], end, atol=1e-9)
    np.testing.assert_allclose(kernel.sum(), 1)


def test_corners_of_small_disks():
    np.testing.assert_allclose(kernels.disk(1)[0, 0], 0.0250785810, atol=1e-9)
    np.testing.assert_allclose(kernels.disk(2)[0, 1], 0.0170159175, atol=1e-9)


@pytest.mark.parametrize("radius", [2, 4, 6, 8])
def test_disks_weight_pixels_by_their_covered_area(radius):
    # A thousand points in each pixel; the largest error of a weight is about 5e-3.
    steps = (np.arange(32) + 0.5) / 32 - 0.5
    ticks = (np.arange(-radius, radius + 1)[:, None] + steps).reshape(-1)
    inside = np.square(ticks[:, None]) + np.square(ticks) <= radius**2
    side = 2 * radius + 1
    covered = inside.reshape(side, 32, side, 32).mean(axis=(1, 3))
    weights = kernels.disk(radius) / kernels.disk(radius)[radius, radius]
    np.testing.assert_allclose(weights, covered, atol=8e-3)


@pytest.mark.parametrize(
    ("length", "angle", "expected"),
    [
        (2, 0, [[0.25, 0.5, 0.25]]),
        (4, 0, [[0.125, 0.25, 0.25, 0.25, 0.125]]),
        (10, 0, [[0.05] + [0.1] * 9 + [0.05]]),
        (6, 90, [[v] for v in [1 / 12] + [1 / 6] * 5 + [1 / 12]]),
        (
            4,
            30,
            [
                [0, 0, 0.033101, 0.156634, 0.063198],
                [0, 0.123534, 0.247067, 0.123534, 0],
                [0.063198, 0.156634, 0.033101, 0, 0],
            ],
        ),
        (
            4,
            45,
            [
                [0, 0, 0, 0.013322, 0],
                [0, 0, 0.06647, 0.226943, 0.013322],
                [0, 0.06647, 0.226943, 0.06647, 0],
                [0.013322, 0.226943, 0.06647, 0, 0],
                [0, 0.013322, 0, 0, 0],
            ],
        ),
    ],
)
def test_motion_has_the_numbers_of_the_original(length, angle, expected):
    kernel = kernels.motion(length, angle)
    np.testing.assert_allclose(kernel, expected, atol=2e-6)


@pytest.mark.parametrize("length", [2, 4, 6, 10])
def test_motion_by_supplementary_angles_is_mirrored(length):
    stack = blur.motion_kernels(length)
    np.testing.assert_allclose(stack.sum(axis=(1, 2)), 1, atol=1e-12)
    np.testing.assert_allclose(stack[1:180], stack[179:0:-1, :, ::-1], atol=1e-9)
    np.testing.assert_allclose(stack, stack[:, ::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(stack[180], stack[0], atol=1e-9)
    # Counter-clockwise from the right: at 30 degrees, up on the right side.
    side = stack.shape[1] // 2
    assert stack[30][:side, side + 1 :].sum() > 5 * stack[30][:side, :side].sum()


@pytest.mark.parametrize(
    ("sigma", "side", "center"),
    [
        (0.1, 3, 1.0),
        (0.5, 3, 0.6193470306),
        (1, 5, 0.1621028216),
        (2, 9, 0.0416828118),
        (5, 21, 0.0068423445),
    ],
)
def test_gaussians_have_the_numbers_of_the_original(sigma, side, center):
    kernel = gaussian_kernel(sigma)
    assert kernel.shape == (side,)
    np.testing.assert_allclose(kernel[side // 2] ** 2, center, atol=1e-9)


def test_noise_in_details_has_the_computed_deviation():
    noise = np.random.default_rng(0).normal(size=(256, 256))
    for scale, deviation in enumerate(detail_deviations()):
        kernel = dilated_spline(scale)
        smooth = noise
        for axis in (0, 1):
            radius = len(kernel) // 2
            shifts = zip(kernel, range(-radius, radius + 1), strict=True)
            smooth = sum(w * np.roll(smooth, shift, axis) for w, shift in shifts)
        np.testing.assert_allclose((noise - smooth).std(), deviation, rtol=0.03)
        noise = smooth
