"""Tests of the crops, against slices of images that NumPy padded."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import patches


def values(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 40, 100])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_grid_runs_from_edge_to_edge(length, count):
    offsets = values(patches.grid_offsets(length, 16, count))
    spare = max(length - 16, 0)
    expected = [spare / 2] if count == 1 else np.linspace(0, spare, count)
    np.testing.assert_allclose(offsets, expected, atol=0.5)
    if count > 1:
        assert (offsets[0], offsets[-1]) == (0, spare)


@pytest.mark.parametrize("length", [1, 15, 16, 17, 33, 160])
def test_covering_count_leaves_nothing_unseen(length):
    count = patches.covering_count(length, 16)
    seen = np.zeros(length, bool)
    for offset in values(patches.grid_offsets(length, 16, count)):
        seen[offset : offset + 16] = True
    assert seen.all()
    assert count == max(1, -(-length // 16))


@pytest.mark.parametrize("shape", [(40, 33), (16, 16), (7, 50), (1, 1), (9, 5)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_crops_are_slices_of_the_padded_image(shape, dtype):
    images = np.random.default_rng(0).integers(0, 256, (2, *shape, 3)).astype(dtype)
    tops = values(patches.grid_offsets(shape[0], 16, 3))
    lefts = values(patches.grid_offsets(shape[1], 16, 2))
    crops = values(patches.crop_grid(images, tops, lefts, 16))

    missing = [(0, max(16 - side, 0)) for side in shape]
    padded = np.pad(images, [(0, 0), *missing, (0, 0)], mode="reflect")
    expected = [
        image[top : top + 16, left : left + 16]
        for image in padded
        for top in tops
        for left in lefts
    ]
    assert crops.dtype == dtype
    np.testing.assert_array_equal(crops, expected)
