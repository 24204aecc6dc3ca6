"""Tests of statistics of maps within windows."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers.local_statistics import window_statistics
from tfiqa.layers.map_statistics import MapStatistics


@pytest.mark.parametrize("extremes", [None, [1]])
def test_a_window_is_described_as_an_image_of_its_own(extremes):
    images = keras.Input((None, None, 3))
    coarse = ops.average_pool(images / 255, 4, 4, padding="same")
    # No map looks beyond its own pixels, so that windows know of nothing outside.
    features = MapStatistics(
        keras.Model(images, [images[..., :1] / 255, coarse]), extremes=extremes
    )
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 255, (2, 96, 64, 3)).astype("float32")
    result = window_statistics(features, images, window=32, stride=16)
    assert result.shape[:3] == (2, 5, 3)
    for row, column in ((0, 0), (1, 2), (4, 1)):
        window = images[:, 16 * row :, 16 * column :][:, :32, :32]
        np.testing.assert_allclose(result[:, row, column], features(window), atol=2e-4)
