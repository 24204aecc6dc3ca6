"""Tests of statistics of maps over space."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.compiled import jitted
from tfiqa.layers import map_statistics
from tfiqa.layers.map_statistics import MapStatistics

FUNCTIONS = (np.mean, np.std, np.min, np.max)


@pytest.fixture
def network():
    """A network of two maps: the colors as they are, and the square of one of them."""
    images = keras.Input((None, None, 3))
    return keras.Model(images, [images / 255, ops.square(images[..., 1:2] / 255)])


def make_images(*shape):
    rng = np.random.default_rng(0)
    ramp = np.linspace(40, 255, shape[1])[None, :, None, None]
    return rng.uniform(0, ramp, (*shape, 3)).astype("uint8")


def applied(layer, images):
    return ops.convert_to_numpy(jitted(layer)(images))


def halved(image):
    """The mean of 2 x 2 pixels; the last of an odd side stands for itself."""
    rows, columns = (-(-side // 2) for side in image.shape[:2])
    blocks = [
        [
            image[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean((0, 1))
            for j in range(columns)
        ]
        for i in range(rows)
    ]
    return np.array(blocks)


def described(image):
    """Returns the statistics of one image, scale by scale and channel by channel."""
    columns = []
    for scale in (image / 255.0, halved(image / 255.0)):
        for values in (*np.moveaxis(scale, -1, 0), scale[..., 1] ** 2):
            columns.append(
                [np.mean(values), np.std(values), values.min(), values.max()]
            )
    return np.array(columns).T.ravel()


@pytest.mark.parametrize("shape", [(64, 80), (65, 33), (300, 41)])
def test_is_what_a_loop_over_channels_gives(network, shape):
    images = make_images(2, *shape)
    layer = MapStatistics(network, side=512, smallest=1)
    expected = [described(image) for image in images]
    result = applied(layer, images)
    np.testing.assert_allclose(result, expected, atol=1e-5)
    np.testing.assert_allclose(
        applied(layer, images.astype("float32")), expected, atol=1e-5
    )
    assert result.shape == layer.compute_output_shape(images.shape)


def test_extremes_of_chosen_maps_alone(network):
    images = make_images(2, 40, 40)
    every = applied(MapStatistics(network), images).reshape(2, 4, 2, 4)
    layer = MapStatistics(network, extremes=[1])
    kept = [every[:, :2].reshape(2, -1), every[:, 2:, :, 3].reshape(2, -1)]
    np.testing.assert_array_equal(applied(layer, images), np.concatenate(kept, axis=1))
    assert layer.compute_output_shape(images.shape) == (2, 20)
    layer.side = 32
    tiled = applied(layer, images)
    assert tiled.shape == (2, 20)
    with pytest.raises(ValueError, match=r"extremes=\[2\]"):
        MapStatistics(network, extremes=[2])


@pytest.mark.parametrize("shape", [(128, 192), (128, 40), (64, 256)])
@pytest.mark.parametrize("at_once", [False, True])
def test_tiles_that_share_no_pixel_give_what_the_image_does(network, shape, at_once):
    images = make_images(2, *shape)
    layer = MapStatistics(network, side=64)
    layer.at_once = at_once
    whole = applied(MapStatistics(network, side=512), images)
    np.testing.assert_allclose(applied(layer, images), whole, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 90), (31, 32)])
def test_small_images_are_continued(network, shape):
    (image,) = images = make_images(1, *shape)
    pads = [(0, max(32 - side, 0)) for side in shape]
    continued = np.pad(image, [*pads, (0, 0)], mode="reflect")
    result = applied(MapStatistics(network), images)[0]
    np.testing.assert_allclose(result, described(continued), atol=1e-5)


def test_an_image_does_not_depend_on_its_batch(network):
    images = make_images(3, 50, 70)
    layer = MapStatistics(network, side=64)
    alone = [applied(layer, image[None])[0] for image in images]
    np.testing.assert_allclose(applied(layer, images), alone, atol=1e-6)


def test_moments_of_parts_are_those_of_the_whole():
    parts = (
        np.random.default_rng(1)
        .normal(7, [[0.05], [2], [30]], (5, 3, 40))
        .astype("float32")
    )
    functions = (np.mean, np.var, np.min, np.max)
    moments = [tuple(f(part, axis=-1) for f in functions) for part in parts]
    known = moments[0]
    for count, other in enumerate(moments[1:], 1):
        known = map_statistics.merged(known, other, count)
    whole = parts.transpose(1, 0, 2).reshape(3, -1)
    for result, function in zip(known, functions, strict=True):
        np.testing.assert_allclose(result, function(whole, axis=-1), rtol=1e-4)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_constant_channels_spoil_no_gradient(network):
    import tensorflow as tf

    images = make_images(1, 40, 40).astype("float32")
    images[..., 0] = 9
    pixels = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        total = tf.reduce_sum(MapStatistics(network)(pixels)[:, :16])
    gradient = tape.gradient(total, pixels).numpy()
    assert np.isfinite(gradient).all()
    assert np.any(gradient[..., 1])


def test_survives_saving(network, tmp_path):
    images = keras.Input((None, None, 3))
    features = MapStatistics(network, side=128, smallest=4, name="features")(images)
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
        MapStatistics(network, **options)
