"""Tests of distorted regions, against the full distorted image."""

import numpy as np
import pytest

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import REIQA_RELEASED
from tfiqa.distortions import distort
from tfiqa.distortions import receptive_field
from tfiqa.distortions import spatial
from tfiqa.distortions.regional import distort_region
from tfiqa.distortions.regional import neighborhood
from tfiqa.distortions.regions import Box

KEY = (3, -4)
HEIGHT, WIDTH = 151, 170
# In the middle, at two borders, at the other two.
BOXES = (Box(57, 62, 29, 31), Box(0, 120, 40, 50), Box(115, 0, 36, 41))
SHARED = {row.function for row in DISTORTIONS.values()}
ROWS = [(DISTORTIONS, name) for name in DISTORTIONS] + [
    (REIQA_RELEASED, name)
    for name, row in REIQA_RELEASED.items()
    if row.function not in SHARED
]
FULL = {
    *("color_shift", "color_quantization", "jpeg2000", "patch_shift", "quantization"),
    *("color_block", "resize_bicubic", "resize_bilinear", "resize_nearest"),
    "resize_lanczos",
}

every = pytest.mark.parametrize(
    ("bank", "name"), ROWS, ids=[f"{name}-{len(bank)}" for bank, name in ROWS]
)


@pytest.fixture(scope="module")
def image(make_image):
    return make_image(HEIGHT, WIDTH)


@every
def test_regions_equal_those_of_the_full_image(image, bank, name):
    for level in (2, 5):
        full = distort(image[None], name, level, [KEY], stretch=False, bank=bank)
        full = np.floor(full.numpy()[0] + 0.5)
        for box in BOXES:
            part = distort_region(image, box, name, level, KEY, bank=bank)
            # Sums in another order may fall on the other side of a rounding tie.
            error = np.abs(part - box.of(full))
            assert error.max() <= 1, (level, box)
            assert np.mean(error > 0) <= 1e-3, (level, box)


@every
def test_only_types_of_the_full_image_need_all_of_it(image, bank, name):
    needed = neighborhood(image, BOXES[0], bank[name], 5)
    cells = bank is REIQA_RELEASED and name == "pixelate"
    assert (needed.area == HEIGHT * WIDTH) == (name in FULL or cells)


@pytest.mark.parametrize("name", ["gaussian_blur", "color_diffusion", "sharpen"])
def test_margins_are_not_larger_than_they_must_be(image, name):
    row, box = DISTORTIONS[name], BOXES[0]
    needed = receptive_field.field_of(row, 5)
    assert needed is not None
    # What lies at the margin changes the part; what lies behind it does not.
    for beyond, changes in ((0, True), (1, False)):
        other = image.copy()
        other[: box.top - needed.margin + 1 - beyond] = 255 * (image[:1] < 128)
        parts = [
            distort_region(i, box, name, 5, KEY, full_image=True)
            for i in (image, other)
        ]
        assert (parts[0] != parts[1]).any() == changes


@pytest.mark.parametrize("name", ["white_noise", "jpeg", "pixelate", "color_block"])
def test_graphs_give_the_same(image, name):
    for box in (BOXES[0], Box(0, 0, HEIGHT, WIDTH)):
        plain = distort_region(image, box, name, 4, KEY)
        traced = distort_region(image, box, name, 4, KEY, traced=True)
        np.testing.assert_allclose(traced, plain, atol=1)
        assert np.mean(traced != plain) <= 1e-3


def test_flat_regions_are_distorted_and_flat_images_are_not():
    flat = np.full((80, 80, 3), 120, np.uint8)
    box = Box(40, 40, 20, 20)
    same = distort_region(flat, box, "white_noise", 5, KEY)
    np.testing.assert_array_equal(same, box.of(flat))
    flat[0, 0] = 0
    assert np.std(distort_region(flat, box, "white_noise", 5, KEY)) > 10


def test_truncation_keeps_integers(image):
    full = Box(0, 0, HEIGHT, WIDTH)
    same = distort_region(image, full, "mean_shift", 3, KEY, truncated=True)
    np.testing.assert_array_equal(same, image)
    up, down = (
        distort_region(image, full, "lens_blur", 5, KEY, truncated=truncated)
        for truncated in (False, True)
    )
    assert set(np.unique(up - down)) == {0, 1}


def test_pixelate_of_all_sizes_stays_within_its_margin():
    for strength in DISTORTIONS["pixelate"].strengths:
        scale = spatial.coarse_scale(strength)
        margin = receptive_field.MARGINS[spatial.pixelate](strength)
        for side in (*range(16, 300), 511, 1024, 3999):
            moved = spatial.coarse_indices(side, scale) - np.arange(side)
            assert np.abs(moved).max() <= margin


def test_small_images_are_refused(image):
    with pytest.raises(ValueError, match=r"at least 48 .* for 'patch_shift'"):
        distort_region(image[:47], Box(0, 0, 9, 9), "patch_shift", 1, KEY)


def test_boxes_grow_to_multiples_and_to_the_borders():
    assert Box(40, 33, 10, 20).grown(3, 16, 64, 60) == Box(32, 16, 32, 44)
    assert Box(0, 5, 4, 4).grown(2, 1, 9, 9) == Box(0, 3, 6, 6)
