"""Tests of the two sibling banks and of sequences."""

import io

import numpy as np
import pytest
import scipy.ndimage
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import REIQA_RELEASED
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.distortions import distort_in_sequence

SEED = np.array([[3, 4]], "int32")
BANKS = {"waterloo": WATERLOO, "reiqa": REIQA_RELEASED}
# Rows that share the function of the main bank are tested with it.
SHARED = {row.function for row in DISTORTIONS.values()}
ROWS = [
    (bank, name)
    for bank, rows in BANKS.items()
    for name, row in rows.items()
    if row.function not in SHARED
]


@pytest.mark.parametrize(("bank", "name"), ROWS)
def test_rows_keep_their_promises(make_picture, bank, name):
    image = make_picture(120, 104)[None]
    errors = []
    for level in range(1, 6):
        distorted = distort(
            image, name, level, SEED, stretch=False, bank=BANKS[bank]
        ).numpy()
        assert distorted.shape == image.shape
        assert distorted.min() >= 0
        assert distorted.max() <= 255
        errors.append(np.square(distorted - image).mean())
    if name != "denoise":  # It draws one of two blurs for each level.
        assert errors[0] < errors[4]


def test_numbers_are_positions():
    for rows in BANKS.values():
        numbers = [row.number for row in rows.values()]
        assert numbers == list(range(1, len(rows) + 1))
    assert (len(WATERLOO), len(REIQA_RELEASED)) == (4, 26)
    assert not set(REIQA_RELEASED) & {"jpeg2000", "quantization", "color_quantization"}


def test_waterloo_blur_equals_scipy(picture):
    blurred = distort(
        picture[None], "gaussian_blur", 4, SEED, stretch=False, bank=WATERLOO
    )
    offsets = np.arange(91) - 45
    kernel = np.exp(-np.square(offsets) / (2 * (91 / 6) ** 2))
    expected = picture.astype("float64")
    for axis in (0, 1):
        expected = scipy.ndimage.correlate1d(expected, kernel / kernel.sum(), axis)
    np.testing.assert_allclose(blurred[0], expected, atol=1e-3)


def test_waterloo_jpeg_is_that_of_the_database(picture):
    compressed = distort(picture[None], "jpeg", 2, SEED, stretch=False, bank=WATERLOO)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=12)
    np.testing.assert_allclose(compressed[0], np.asarray(Image.open(file)), atol=1e-4)


def test_released_impulses_have_no_color():
    image = np.tile(np.arange(100, 164, dtype="uint8")[:, None, None], (1, 64, 3))
    noisy = distort(
        image[None], "impulse_noise", 5, SEED, stretch=False, bank=REIQA_RELEASED
    ).numpy()[0]
    hit = np.abs(noisy - image) > 1
    assert 0.01 < hit.mean() < 0.05
    assert np.all(hit.all(axis=-1) == hit.any(axis=-1))


def test_released_motion_is_along_rows_or_columns():
    image = np.zeros((1, 64, 64, 3), "uint8")
    image[:, 32, 32] = 255
    directions = set()
    for first in range(8):
        trace = distort(
            image, "motion_blur", 1, (first, 0), stretch=False, bank=REIQA_RELEASED
        ).numpy()[0, :, :, 0]
        rows, columns = np.nonzero(trace > 1)
        assert {len(set(rows)), len(set(columns))} == {1, 12}
        directions.add(len(set(rows)))
    assert directions == {1, 12}


def test_sequences_apply_one_after_another(picture):
    images = np.stack([picture, picture[::-1]])
    steps = [("gaussian_blur", 3), (["jpeg", "darken"], [4, 2])]
    result = distort_in_sequence(images, steps, (1, 2))
    blurred = distort(images, "gaussian_blur", 3, (0, 0))
    expected = distort(blurred, ["jpeg", "darken"], [4, 2], (0, 0))
    np.testing.assert_allclose(result, expected, atol=1e-3)


def test_steps_of_a_sequence_draw_independently(picture):
    flat = np.full((1, 64, 64, 3), 128, "uint8")
    flat[0, 0, 0], flat[0, 0, 1] = 0, 255
    twice = distort_in_sequence(
        flat, [("white_noise", 1)] * 2, SEED, stretch=False
    ).numpy()
    variance = DISTORTIONS["white_noise"].strengths[0]
    # Equal noises would add up to four times the variance.
    spread = np.var(twice[0, 1:]) / 255**2
    np.testing.assert_allclose(spread, 2 * variance, rtol=0.05)
