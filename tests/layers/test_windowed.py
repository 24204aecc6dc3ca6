"""Tests of networks that see an image window by window."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import Windowed


@pytest.fixture
def network():
    """A map of the pixels themselves, and one of means of four, of windows of 8."""
    window = keras.Input((8, 8, 3))
    return keras.Model(window, [2 * window, keras.layers.AveragePooling2D(4)(window)])


def make_images(*shape):
    return np.random.default_rng(0).uniform(0, 255, (*shape, 3)).astype("float32")


@pytest.mark.parametrize("shape", [(8, 8), (16, 24), (13, 30), (3, 5), (1, 9)])
def test_maps_lie_as_the_image_does(network, shape):
    images = make_images(2, *shape)
    fine, coarse = map(ops.convert_to_numpy, Windowed(network, 8)(images))
    np.testing.assert_allclose(fine, 2 * images)
    rows, columns = (-(-side // 4) for side in shape)
    assert coarse.shape == (2, rows, columns, 3)
    for row in range(shape[0] // 4):
        for column in range(shape[1] // 4):
            window = images[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            result = coarse[:, row, column]
            np.testing.assert_allclose(result, window.mean((1, 2)), rtol=1e-5)


def test_any_size_in_a_model_that_survives_saving(network, tmp_path):
    images = keras.Input((None, None, 3))
    model = keras.Model(images, Windowed(network, 8, name="windows")(images))
    assert [one.shape for one in model.outputs] == 2 * [(None, None, None, 3)]
    model.save(tmp_path / "m.keras")
    restored = keras.saving.load_model(tmp_path / "m.keras")
    image = make_images(1, 11, 17)
    for result, expected in zip(restored(image), model(image), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_sizes_that_are_known_stay_known(network):
    maps = Windowed(network, 8)(keras.Input((16, 20, 3)))
    assert [one.shape for one in maps] == [(None, 16, 20, 3), (None, 4, 5, 3)]


def test_rejects(network):
    with pytest.raises(ValueError, match="side=9"):
        Windowed(network, 9)
