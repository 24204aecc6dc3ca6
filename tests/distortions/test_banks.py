"""Tests of the two sibling banks and of sequences."""

import io

import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf
from PIL import Image
from PIL import ImageFilter

from tfiqa.distortions import BANKS
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import REIQA_RELEASED
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import color
from tfiqa.distortions import distort
from tfiqa.distortions import distort_in_sequence
from tfiqa.distortions import noise
from tfiqa.distortions import reiqa
from tfiqa.distortions import threefry

SEED = np.array([[3, 4]], "int32")
# Rows that share the function of the main bank are tested with it.
SHARED = {row.function for row in DISTORTIONS.values()}
ROWS = [
    (bank, name)
    for bank, rows in BANKS.items()
    for name, row in rows.items()
    if row.function not in SHARED
]


@pytest.mark.parametrize(("bank", "name"), ROWS)
def test_rows_keep_their_promises(make_image, bank, name):
    image = make_image(120, 104)[None]
    errors = []
    for level in range(1, 6):
        distorted = distort(image, name, level, SEED, bank=BANKS[bank]).numpy()
        assert distorted.shape == image.shape
        assert distorted.min() >= 0
        assert distorted.max() <= 255
        errors.append(np.square(distorted - image).mean())
    # Denoise draws one of two blurs for each level.
    if name != "denoise" and BANKS[bank][name].ordered:
        assert errors[0] < errors[4]


@pytest.mark.parametrize(("bank", "name"), ROWS)
def test_each_image_depends_on_itself_and_its_seed(make_image, bank, name):
    images = np.stack([make_image(60, 52, seed=seed) for seed in range(2)])
    seeds = np.array([[3, 4], [5, 6]], "int32")
    together = distort(images, name, 3, seeds, bank=BANKS[bank])
    for row in (slice(0, 1), slice(1, 2)):
        alone = distort(images[row], name, 3, seeds[row], bank=BANKS[bank])
        np.testing.assert_allclose(alone, together[row], atol=2e-3)
    other = distort(images, name, 3, seeds + 7, bank=BANKS[bank]).numpy()
    assert np.any(other != together) == BANKS[bank][name].random


def test_numbers_are_positions():
    for rows in BANKS.values():
        numbers = [row.number for row in rows.values()]
        assert numbers == list(range(1, len(rows) + 1))
    assert (len(WATERLOO), len(REIQA_RELEASED)) == (4, 26)
    assert not set(REIQA_RELEASED) & {"jpeg2000", "quantization", "color_quantization"}


def test_waterloo_blur_equals_scipy(image):
    blurred = distort(image[None], "gaussian_blur", 4, SEED, bank=WATERLOO)
    offsets = np.arange(91) - 45
    kernel = np.exp(-np.square(offsets) / (2 * (91 / 6) ** 2))
    expected = image.astype("float64")
    for axis in (0, 1):
        expected = scipy.ndimage.correlate1d(expected, kernel / kernel.sum(), axis)
    np.testing.assert_allclose(blurred[0], expected, atol=1e-3)


def test_waterloo_jpeg_is_that_of_the_database(image):
    compressed = distort(image[None], "jpeg", 2, SEED, bank=WATERLOO)
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=12)
    np.testing.assert_allclose(compressed[0], np.asarray(Image.open(file)), atol=1e-4)


def test_released_impulses_have_no_color():
    image = np.tile(np.arange(100, 164, dtype="uint8")[:, None, None], (1, 64, 3))
    noisy = distort(image[None], "impulse_noise", 5, SEED, bank=REIQA_RELEASED).numpy()[
        0
    ]
    hit = np.abs(noisy - image) > 1
    assert 0.01 < hit.mean() < 0.05
    assert np.all(hit.all(axis=-1) == hit.any(axis=-1))


def planes_of(image):
    """Returns an image of bytes as planes in `[0, 1]`."""
    return tf.constant(image.transpose(2, 0, 1)[None] / 255, tf.float32)


def bytes_of(planes):
    return np.round(255 * np.moveaxis(planes.numpy()[0], 0, -1)).astype("uint8")


@pytest.mark.parametrize(("level", "seeds"), [(1, 3), (3, 3), (5, 8)])
def test_released_color_shift_rolls_one_line(make_image, level, seeds):
    """Compares with a padded plane that NumPy rolls without an axis."""
    image = make_image(41, 50)
    planes = planes_of(image)
    amount = REIQA_RELEASED["color_shift"].strengths[level - 1]
    mask = color.edge_mask(planes).numpy()[0, 0]
    wrapped = False
    for seed in range(seeds):
        key = tf.constant([[seed, 9]])
        direction = threefry.uniforms(key, 2).numpy()[0]
        steps = np.round(direction / np.linalg.norm(direction) * amount).astype(int)
        margin = steps.max()
        wrapped |= steps.sum() > margin
        green = planes.numpy()[0, 1]
        padded = np.roll(np.pad(green, margin, "symmetric"), steps.sum())
        rolled = padded[margin:-margin, margin:-margin]
        expected = planes.numpy()[0]
        expected[1] = mask * rolled + (1 - mask) * green
        found = reiqa.color_shift(planes, amount, key)
        np.testing.assert_allclose(found[0], expected, atol=1e-6)
    assert wrapped


def test_released_denoise_blurs_as_pillow(image):
    planes, kinds = planes_of(image), set()
    for seed in range(6):
        key = tf.constant([[seed, 2]])
        noisy = noise.white_noise(planes, 0.01, key).numpy()[0]
        noisy = Image.fromarray(
            np.moveaxis(np.floor(255 * np.clip(noisy, 0, 1)), 0, -1).astype("uint8")
        )
        found = bytes_of(reiqa.denoise(planes, 0.01, key))
        for kind in (ImageFilter.GaussianBlur(3), ImageFilter.BoxBlur(2)):
            if np.mean(found != np.asarray(noisy.filter(kind))) < 1e-3:
                kinds.add(kind.name)
                break
        else:
            pytest.fail("Neither blur of Pillow")
    assert len(kinds) == 2


def test_released_pixelate_takes_pillows_nearest(make_image):
    image = make_image(61, 83)
    for strength in REIQA_RELEASED["pixelate"].strengths:
        share = 0.95 - strength**0.6
        small = int(share * 83), int(share * 61)
        reduced = Image.fromarray(image).resize(small, Image.Resampling.NEAREST)
        expected = reduced.resize((83, 61), Image.Resampling.NEAREST)
        found = bytes_of(reiqa.pixelate(planes_of(image), strength, SEED))
        np.testing.assert_array_equal(found, expected)


def test_released_motion_is_along_rows_or_columns():
    image = np.zeros((1, 64, 64, 3), "uint8")
    image[:, 32, 32] = 255
    directions = set()
    for first in range(8):
        trace = distort(
            image, "motion_blur", 1, (first, 0), bank=REIQA_RELEASED
        ).numpy()[0, :, :, 0]
        rows, columns = np.nonzero(trace > 1)
        assert {len(set(rows)), len(set(columns))} == {1, 12}
        directions.add(len(set(rows)))
    assert directions == {1, 12}


def test_released_sharpening_is_broken(image):
    """Compares with Lab as colorimetry defines it, of bytes that are taken for 1."""
    broken = distort(image[None], "sharpen", 2, SEED, bank=REIQA_RELEASED).numpy()[0]
    matrix = np.array(
        [
            [0.412453, 0.357580, 0.180423],
            [0.212671, 0.715160, 0.072169],
            [0.019334, 0.119193, 0.950227],
        ]
    )
    white = np.array([0.95047, 1.0, 1.08883])
    light = ((image + 0.055) / 1.055) ** 2.4
    fx, fy, fz = np.moveaxis(np.cbrt(light @ matrix.T / white), -1, 0)
    lightness, a, b = 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
    assert lightness.max() > 4000
    curvature = sum(
        np.gradient(np.gradient(lightness, axis=axis), axis=axis) for axis in (0, 1)
    )
    clipped = np.clip(lightness - 2 * curvature, 0, 100)
    fy = (clipped + 16) / 116
    responses = np.stack([fy + a / 500, fy, np.maximum(fy - b / 200, 0)], axis=-1)
    straight = (responses - 16 / 116) / 7.787
    light = np.where(responses > 0.2068966, responses**3, straight) * white
    light = np.clip(light @ np.linalg.inv(matrix).T, 0, 1)
    expected = 255 * np.where(
        light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light
    )
    # Most samples are at an end; where they are not, constants of colors count.
    error = np.abs(broken - expected)
    assert np.mean(error > 8) < 0.02
    assert np.mean((broken < 0.5) | (broken > 254.5)) > 0.5


def test_sequences_apply_one_after_another(image):
    images = np.stack([image, image[::-1]])
    steps = [("gaussian_blur", 3), (["jpeg", "darken"], [4, 2])]
    result = distort_in_sequence(images, steps, (1, 2))
    blurred = distort(images, "gaussian_blur", 3, (0, 0))
    expected = distort(blurred, ["jpeg", "darken"], [4, 2], (0, 0))
    np.testing.assert_allclose(result, expected, atol=1e-3)


def test_steps_of_a_sequence_draw_independently(image):
    flat = np.full((1, 64, 64, 3), 128, "uint8")
    flat[0, 0, 0], flat[0, 0, 1] = 0, 255
    twice = distort_in_sequence(
        flat, [("white_noise", 1)] * 2, SEED, stretch=False
    ).numpy()
    variance = DISTORTIONS["white_noise"].strengths[0]
    # Equal noises would add up to four times the variance.
    spread = np.var(twice[0, 1:]) / 255**2
    np.testing.assert_allclose(spread, 2 * variance, rtol=0.05)


@pytest.mark.parametrize(
    ("bank", "default"), [(DISTORTIONS, True), (WATERLOO, False)], ids=["kadid", "w"]
)
def test_each_bank_is_stretched_as_its_database_is(image, bank, default):
    image = (image // 2 + 30)[None]
    found = distort(image, "white_noise", 2, SEED, bank=bank)
    for stretch in (True, False):
        distorted = distort(image, "white_noise", 2, SEED, stretch=stretch, bank=bank)
        assert np.array_equal(distorted, found) == (stretch == default)
    steps = [("white_noise", 2)]
    found = distort_in_sequence(image, steps, SEED, bank=bank)
    distorted = distort_in_sequence(image, steps, SEED, stretch=default, bank=bank)
    np.testing.assert_array_equal(distorted, found)


def test_mixed_banks_must_say_whether_they_are_stretched(image):
    mixed = {"jpeg": DISTORTIONS["jpeg"], "jpeg2000": WATERLOO["jpeg2000"]}
    with pytest.raises(
        ValueError, match=r"`stretch` must be True or False.*'jpeg2000'"
    ):
        distort(image[None], "jpeg", 1, SEED, bank=mixed)
    distort(image[None], "jpeg", 1, SEED, bank=mixed, stretch=False)
