"""Tests of the description of an image at two scales."""

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from tests.support.compiled import jitted
from tfiqa.layers import TwoScales


@pytest.fixture
def network():
    """A network whose feature map holds each pixel's color, its square and a one."""
    images = keras.Input((None, None, 3))
    outputs = [images / 255, ops.square(images / 255), 0 * images[..., :1] + 1]
    return keras.Model(images, keras.layers.Concatenate()(outputs))


def make_images(*shape):
    rng = np.random.default_rng(0)
    ramp = np.linspace(40, 255, shape[1])[None, :, None, None]
    return rng.uniform(0, ramp, (*shape, 3)).astype("uint8")


def plain_features(image):
    """What the network says on the average, brought to length one."""
    image = image.astype("float64") / 255
    vector = np.concatenate([image.mean((0, 1)), (image**2).mean((0, 1)), [1]])
    return vector / np.linalg.norm(vector)


def applied(layer, images):
    return ops.convert_to_numpy(jitted(layer)(images))


def halves(image):
    size = (image.shape[1] // 2, image.shape[0] // 2)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


@pytest.mark.parametrize("shape", [(64, 80), (65, 33), (300, 40)])
def test_is_the_mean_at_full_and_at_half_scale(network, shape):
    images = make_images(2, *shape)
    layer = TwoScales(network, side=512, smallest=1)
    expected = [
        np.concatenate([plain_features(i), plain_features(halves(i))]) for i in images
    ]
    np.testing.assert_allclose(applied(layer, images), expected, atol=1e-4)
    np.testing.assert_allclose(
        applied(layer, images.astype("float32")), expected, atol=1e-4
    )


def test_lengths_are_kept_on_request(network):
    (image,) = images = make_images(1, 65, 33)
    expected = [one.astype("float64") / 255 for one in (image, halves(image))]
    expected = [[*one.mean((0, 1)), *(one**2).mean((0, 1)), 1] for one in expected]
    layer = TwoScales(network, smallest=1, unit=False)
    np.testing.assert_allclose(
        applied(layer, images)[0], np.concatenate(expected), atol=1e-4
    )
    assert TwoScales.from_config(layer.get_config()).unit is False


@pytest.mark.parametrize("shape", [(200, 240), (240, 60), (64, 130), (129, 64)])
def test_tiles_give_what_the_whole_image_does(network, shape):
    images = make_images(1, *shape)
    expected = applied(TwoScales(network, side=1024), images)
    tiled = TwoScales(network, side=64)
    # Tiles may share some rows, which then count twice.
    np.testing.assert_allclose(applied(tiled, images), expected, atol=5e-3)
    single = TwoScales(network, side=max(shape))
    np.testing.assert_array_equal(applied(single, images), expected)


@pytest.mark.parametrize("shape", [(200, 240), (64, 130), (20, 30)])
def test_all_tiles_at_once_give_the_same(network, shape):
    images = make_images(2, *shape)
    layer = TwoScales(network, side=64)
    expected = applied(layer, images)
    layer.at_once = True
    np.testing.assert_allclose(applied(layer, images), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 90), (31, 32)])
def test_small_images_are_continued(network, shape):
    seen = []
    images = keras.Input((None, None, 3))

    class Watch(keras.layers.Layer):
        def call(self, tile):
            seen.append(tuple(tile.shape[1:3]))
            return tile

    watched = keras.Model(images, Watch()(images))
    result = ops.convert_to_numpy(TwoScales(watched)(make_images(1, *shape)))
    assert result.shape == (1, 6)
    assert np.isfinite(result).all()
    sizes = [size for size in seen if all(isinstance(side, int) for side in size)]
    assert all(min(size) >= 32 for size in sizes)


def test_an_image_does_not_depend_on_its_batch(network):
    images = make_images(3, 50, 70)
    layer = TwoScales(network, side=64)
    alone = [applied(layer, image[None])[0] for image in images]
    np.testing.assert_allclose(applied(layer, images), alone, atol=1e-6)


def test_survives_saving(network, tmp_path):
    images = keras.Input((None, None, 3))
    features = TwoScales(network, side=128, smallest=4, name="features")(images)
    model = keras.Model(images, features)
    model.save(tmp_path / "m.keras")
    restored = keras.saving.load_model(tmp_path / "m.keras")
    assert restored.get_layer("features").side == 128
    assert restored.get_layer("features").smallest == 4
    image = make_images(1, 40, 40).astype("float32")
    np.testing.assert_array_equal(applied(restored, image), applied(model, image))


@pytest.mark.parametrize("options", [{"smallest": 0}, {"side": 40, "smallest": 30}])
def test_rejects(network, options):
    with pytest.raises(ValueError, match=r"smallest=(0|30)"):
        TwoScales(network, **options)
