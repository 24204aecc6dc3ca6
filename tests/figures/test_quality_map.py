"""Tests of the drawn map of quality."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.quality_map import quality_map


def pixels(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)


def drawn(distances, **options):
    image = np.full((200, 200, 3), 128, np.uint8)
    settings = {"size": 100, "stride": 100, **options}
    return pixels(quality_map(image, np.array(distances, float), **settings))


def test_worse_patches_are_brighter_where_they_are():
    one = drawn([[1, 5], [1, 1]])
    other = drawn([[1, 1], [5, 1]])
    changed = np.argwhere((one - other).sum(axis=2) > 100)
    lost = np.argwhere((other - one).sum(axis=2) > 100)
    # The bad patch moves from the upper right of the map to its lower left.
    assert changed.mean(axis=0)[0] < lost.mean(axis=0)[0]
    assert changed.mean(axis=0)[1] > lost.mean(axis=0)[1] > one.shape[1] / 2


def test_what_is_not_measured_is_not_colored():
    one = drawn([[1, 2], [3, np.nan]])
    other = drawn([[1, 2], [3, 2]])
    gray = np.ptp(one, axis=2) < 30
    assert (gray & (np.ptp(other, axis=2) >= 30)).mean() > 0.02


def test_patches_of_a_resized_image_cover_it():
    whole = drawn([[1, 2], [3, 4]])
    resized = drawn([[1, 2], [3, 4]], size=262, stride=262, of=524)
    np.testing.assert_array_equal(whole, resized)


def test_map_without_distances_is_refused():
    with pytest.raises(ValueError, match="all NaN"):
        drawn([[np.nan]])
