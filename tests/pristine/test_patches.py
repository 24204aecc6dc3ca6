"""Tests of the choice of pristine patches."""

import numpy as np
import pytest
from PIL import Image

from tfiqa.pristine import patches
from tfiqa.pristine.patches import select_patches


def plain_sharpness(patch):
    """Returns the sum of local deviations, pixel by pixel."""
    gray = patch / 255.0 @ np.array([0.2989, 0.587, 0.114])
    steps = np.arange(-3, 4)
    window = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    padded = np.pad(gray, 3)
    total = 0.0
    for row, column in np.ndindex(gray.shape):
        part = padded[row : row + 7, column : column + 7]
        mean = (window * part).sum()
        total += np.sqrt(abs((window * part**2).sum() - mean**2))
    return total


def test_sharpness_is_that_of_a_plain_implementation():
    patch = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    result = patches.patch_sharpness(patch)
    assert result == pytest.approx(plain_sharpness(patch), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "sharpness", "sharp", "chosen"),
    [
        (
            *("official/I01.BMP", [724.632, 825.652, 840.047]),
            *([0, 1, 2, 3, 4, 5, 7, 8, 9], [8, 9]),
        ),
        ("calibration/I08.bmp", None, None, [4, 9, 11, 14]),
    ],
)
def test_choice_is_the_reference(shared, name, sharpness, sharp, chosen):
    with Image.open(shared / "goldens" / name) as image:
        image = np.asarray(image.convert("RGB"))
    tiles = patches.tiles(image, 96)
    assert len(tiles) == 20
    if sharpness:
        values = np.array([patches.patch_sharpness(tile) for tile in tiles])
        np.testing.assert_allclose(values[:3], sharpness, atol=1e-3)
        assert np.flatnonzero(values > 0.75 * values.max()).tolist() == sharp
    np.testing.assert_array_equal(select_patches(image), tiles[chosen])


def test_tiles_leave_out_what_is_over():
    image = np.arange(7 * 5 * 3, dtype=np.uint8).reshape(7, 5, 3)
    tiles = patches.tiles(image, 2)
    assert tiles.shape == (6, 2, 2, 3)
    np.testing.assert_array_equal(tiles[3], image[2:4, 2:4])


@pytest.mark.parametrize("size", [(96, 96), (100, 191)])
def test_an_image_of_one_tile_has_one_patch(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    np.testing.assert_array_equal(select_patches(image), image[None, :96, :96])


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((96, 96, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (96, 96, 1), np.uint8).repeat(3, 2),
        np.random.default_rng(0).integers(0, 256, (95, 300, 3), dtype=np.uint8),
    ],
    ids=["black", "gray", "small"],
)
def test_what_has_no_patches(image):
    assert select_patches(image).shape == (0, 96, 96, 3)
