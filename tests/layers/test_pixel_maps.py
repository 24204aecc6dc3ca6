"""Tests of maps of plain pixel statistics, against slow loops over pixels."""

import keras
import numpy as np
import pytest

from tests.support.compiled import jitted
from tfiqa.layers import pixel_structure
from tfiqa.layers import pixel_tones
from tfiqa.layers.pixel_maps import PixelMaps
from tfiqa.layers.pixel_maps import has_pixel_maps
from tfiqa.layers.pixel_maps import with_pixel_maps
from tfiqa.synthetic import make_image

SIDE = 16
GRADIENT = pixel_tones.GRADIENTS[0]


def scene(height=48, width=32):
    return make_image("dead_leaves", 3, 64)[:height, :width].astype("float32")


MAPS = jitted(PixelMaps(SIDE))


def maps(image):
    return [keras.ops.convert_to_numpy(one)[0] for one in MAPS(image[None])]


def share(values, center, width):
    return np.clip((np.asarray(values) - center) / width + 0.5, 0, 1)


def block(values, row, column, steps=(1, 1)):
    """Returns the values of a block of a map with one value every few pixels."""
    high, wide = (SIDE // step for step in steps)
    return values[row * high : (row + 1) * high, column * wide : (column + 1) * wide]


def test_tones_are_shares_of_the_pixels_of_a_block():
    image = scene()
    tones, _ = maps(image)
    assert tones.shape == (3, 2, pixel_tones.COUNT)
    kept = image[::2, ::4]
    red, green, blue = np.moveaxis(kept, -1, 0)
    chroma = kept.max(-1) - kept.min(-1)
    values = [
        kept @ np.array(pixel_tones.LUMA),
        *(red - green, (red + green) / 2 - blue, red, green, blue),
        *(chroma, chroma / (kept.max(-1) + 1)),
    ]
    for row, column in ((0, 0), (1, 1), (2, 1)):
        expected = [
            share(block(value, row, column, (2, 4)), *step).mean()
            for value, steps in zip(values, pixel_tones.TONES, strict=True)
            for step in steps
        ]
        result = tones[row, column, : len(expected)]
        np.testing.assert_allclose(result, expected, atol=1e-4)


def test_gradients_are_shares_of_differences_to_the_next_pixels():
    image = scene()
    tones, _ = maps(image)
    longer = np.pad(image, [(0, 1), (0, 1), (0, 0)], mode="edge")
    across = (longer[:-1, 1:] - image)[::2, ::4]
    down = (longer[1:, :-1] - image)[::2, ::4]
    first = sum(map(len, pixel_tones.TONES))
    for number, plane in enumerate(pixel_tones.GRADIENT_PLANES[:3]):
        expected = [
            np.mean(
                [
                    share(np.abs(block(one @ plane, 1, 1, (2, 4))), *step).mean()
                    for one in (across, down)
                ]
            )
            for step in GRADIENT
        ]
        place = first + number * len(GRADIENT)
        result = tones[1, 1, place : place + len(GRADIENT)]
        np.testing.assert_allclose(result, expected, atol=1e-4)


def test_planes_agree_as_far_as_their_gradients_correlate():
    image = scene(32, 32)
    _, structure = maps(image)
    longer = np.pad(image, [(0, 1), (0, 1), (0, 0)], mode="edge")
    gradients = [
        (longer[:-1, 1:] - image)[::2, ::2],
        (longer[1:, :-1] - image)[::2, ::2],
    ]
    here = [block(one, 1, 0, (2, 2)).reshape(-1, 3) for one in gradients]
    energies = [sum((one[:, k] ** 2).mean() for one in here) for k in range(3)]
    first = 2 * (len(pixel_structure.EDGE_RATIOS) + 1) + 4
    for place, (one, other) in enumerate(((0, 1), (1, 2), (2, 0))):
        together = sum((s[:, one] * s[:, other]).mean() for s in here)
        expected = together / np.sqrt(energies[one] * energies[other] + 1)
        np.testing.assert_allclose(structure[1, 0, first + place], expected, atol=1e-3)


def test_planes_that_lie_apart_agree_less():
    image = scene(64, 64)
    shifted = image.copy()
    shifted[..., 1] = np.roll(image[..., 1], 3, axis=1)
    first = 2 * (len(pixel_structure.EDGE_RATIOS) + 1) + 4
    (_, before), (_, after) = maps(image), maps(shifted)
    assert np.all(before[..., first].mean() > after[..., first].mean() + 0.2)
    # Red and blue still do.
    np.testing.assert_allclose(after[..., first + 2], before[..., first + 2], atol=1e-4)


def test_a_moved_square_leaves_straight_edges_and_a_painted_one_is_flat():
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(128, 6, (96, 96, 3)), 0, 255).astype("float32")
    squared = image.copy()
    squared[32:64, 32:64] = (40, 200, 90)
    (_, before), (_, after) = maps(image), maps(squared)
    steep = len(pixel_structure.EDGE_RATIOS)
    for first in (0, steep + 1):  # Along columns, along rows.
        assert after[..., first + 2].max() > before[..., first + 2].max() + 0.01
    flat = 2 * (steep + 1)
    assert before[..., flat].max() == 0
    assert after[2:4, 2:4, flat + 3].min() > 0.2
    assert after[0, 0, flat] == 0


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 23)])
def test_maps_have_a_value_for_every_block_begun(size):
    image = scene(*size)
    tones, structure = maps(image)
    rows, columns = (-(-side // SIDE) for side in size)
    assert tones.shape[:2] == structure.shape[:2] == (rows, columns)
    shapes = PixelMaps(SIDE).compute_output_shape((1, *image.shape))
    assert [shape[1:] for shape in shapes] == [tones.shape, structure.shape]
    assert np.isfinite(tones).all()
    assert np.isfinite(structure).all()


def test_a_network_returns_these_maps_too(tmp_path):
    images = keras.Input((None, None, 3))
    network = keras.Model(images, [images[:, ::2, ::2]], name="net")
    longer = with_pixel_maps(network)
    assert has_pixel_maps(longer)
    assert not has_pixel_maps(network)
    longer.save(tmp_path / "net.keras")
    again = keras.saving.load_model(tmp_path / "net.keras")
    image = scene(32, 48)[None]
    for one, other in zip(again(image), longer(image), strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(again(image)) == 3


@pytest.mark.parametrize("side", [4, 12])
def test_blocks_that_do_not_fit_are_refused(side):
    with pytest.raises(ValueError, match=f"side={side}"):
        PixelMaps(side)
