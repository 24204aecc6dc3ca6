"""Tests of networks that are averaged over tiles."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import TileMean

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def network():
    """A network that returns the mean of each color, and of its square."""
    images = keras.Input((None, None, 3))
    pixels = images / 255
    values = ops.concatenate([pixels, ops.square(pixels)], axis=-1)
    return keras.Model(images, ops.mean(values, axis=(1, 2)))


def make_images(*shape):
    return RNG.integers(0, 256, (*shape, 3)).astype("uint8")


def plain(images):
    pixels = images / 255
    return np.concatenate([pixels, pixels**2], axis=-1).mean((1, 2))


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize("shape", [(64, 80), (40, 33), (128, 192)])
def test_is_the_mean_over_all_tiles(network, shape, at_once):
    images = make_images(2, *shape)
    layer = TileMean(network, side=64, smallest=1)
    layer.at_once = at_once
    np.testing.assert_allclose(layer(images), plain(images), atol=1e-5)
    floats = layer(images.astype("float32"))
    np.testing.assert_allclose(floats, plain(images), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "tiles"), [((64, 64), 1), ((65, 64), 2), ((130, 90), 6), ((5, 70), 2)]
)
def test_tiles_have_one_size_within_the_limits(shape, tiles):
    seen = []

    class Watch(keras.layers.Layer):
        def call(self, images):
            seen.append(images.shape[1:3])
            return ops.mean(images, axis=(1, 2))

    images = keras.Input((None, None, 3))
    watched = keras.Model(images, Watch()(images))
    layer = TileMean(watched, side=64, smallest=8)
    layer.at_once = True
    seen.clear()
    layer(make_images(1, *shape))
    assert len(set(seen)) == 1
    assert all(8 <= side <= 64 for side in seen[0])
    rows, columns = (-(-side // 64) for side in shape)
    assert rows * columns == tiles


def test_an_image_does_not_depend_on_its_batch(network):
    images = make_images(3, 50, 70)
    layer = TileMean(network, side=64)
    alone = [ops.convert_to_numpy(layer(image[None]))[0] for image in images]
    np.testing.assert_allclose(layer(images), alone, atol=1e-6)


def test_survives_saving(network, tmp_path):
    images = keras.Input((None, None, 3))
    model = keras.Model(images, TileMean(network, 96, 16, name="tiles")(images))
    model.save(tmp_path / "m.keras")
    restored = keras.saving.load_model(tmp_path / "m.keras")
    layer = restored.get_layer("tiles")
    assert (layer.side, layer.smallest) == (96, 16)
    image = make_images(1, 100, 40).astype("float32")
    np.testing.assert_array_equal(restored(image), model(image))


@pytest.mark.parametrize("options", [{"smallest": 0}, {"side": 40, "smallest": 30}])
def test_rejects(network, options):
    with pytest.raises(ValueError, match=r"smallest=(0|30)"):
        TileMean(network, **options)
