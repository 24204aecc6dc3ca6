"""Flat images against the span of each channel."""

import numpy as np
import pytest

from tfiqa.pixels.flatness import is_flat


@pytest.mark.parametrize("channels", [1, 3])
def test_one_pixel_in_one_channel_makes_structure(channels):
    image = np.full((7, 5, channels), 200, "uint8")
    image[..., 0] = 3
    for row, column in [(0, 0), (3, 2), (6, 4)]:
        for channel in range(channels):
            for step in (1, 2):
                changed = image.copy()
                changed[row, column, channel] -= step
                expected = np.ptp(changed.reshape(-1, channels), axis=0).max() <= 1
                assert is_flat(changed) == expected == (step == 1)


def test_images_of_one_level_or_one_pixel_are_flat():
    assert is_flat(np.full((1, 1, 3), 9, "uint8"))
    assert is_flat(np.zeros((300, 2, 3), "uint8"))
