"""Tests of the mean over crops."""

import copy

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.compiled import jitted
from tfiqa.layers import PatchMean


@pytest.fixture
def network():
    """A network that returns the first pixel, the mean and the spread of a crop."""
    crops = keras.Input((8, 8, 3))
    outputs = [crops[:, 0, 0], ops.mean(crops, (1, 2)), ops.std(crops, (1, 2))]
    return keras.Model(crops, keras.layers.Concatenate()(outputs))


def make_images(*shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype("uint8")


def applied(layer, images):
    return ops.convert_to_numpy(jitted(layer)(images))


def plain_means(images, size, tops, lefts):
    rows = []
    for image in images.astype("float64"):
        crops = [
            image[t : t + size, left : left + size] for t in tops for left in lefts
        ]
        rows.append(
            np.mean(
                [[*c[0, 0], *c.mean((0, 1)), *c.std((0, 1))] for c in crops], axis=0
            )
        )
    return np.array(rows)


def test_grid_is_the_mean_over_its_crops(network):
    images = make_images(2, 20, 30)
    layer = PatchMean(network, 8, grid=3)
    expected = plain_means(images, 8, [0, 6, 12], [0, 11, 22])
    np.testing.assert_allclose(applied(layer, images), expected, rtol=1e-5)


def test_full_coverage_is_the_mean_over_its_crops(network):
    images = make_images(2, 20, 30)
    layer = PatchMean(network, 8, coverage="full")
    expected = plain_means(images, 8, [0, 6, 12], [0, 7, 15, 22])
    np.testing.assert_allclose(applied(layer, images), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(20, 30), (3, 20), (8, 8)])
def test_all_rows_at_once_give_the_same(network, shape):
    layer = PatchMean(network, 8, coverage="full")
    images = make_images(2, *shape)
    expected = applied(layer, images)
    layer.at_once = True
    np.testing.assert_allclose(applied(layer, images), expected, rtol=1e-6)


@pytest.mark.parametrize("coverage", ["grid", "full"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 20), (8, 8), (20, 5)])
def test_takes_any_size_as_whole_numbers_or_not(network, coverage, shape):
    layer = PatchMean(network, 8, grid=2, coverage=coverage)
    images = make_images(1, *shape)
    result = applied(layer, images)
    assert result.shape == (1, 9)
    np.testing.assert_allclose(applied(layer, images.astype("float32")), result)


@pytest.mark.parametrize("coverage", ["grid", "full"])
def test_an_image_does_not_depend_on_its_batch(network, coverage):
    images = make_images(3, 20, 30)
    layer = PatchMean(network, 8, coverage=coverage)
    alone = [ops.convert_to_numpy(layer(image[None]))[0] for image in images]
    np.testing.assert_allclose(layer(images), alone, rtol=1e-6)


def test_covered_share_counts_pixels(network):
    # Three crops of 8 along 20 leave none unseen, two along 20 leave 4.
    assert PatchMean(network, 8, grid=3).covered_share(20, 24) == 1.0
    assert PatchMean(network, 8, grid=2).covered_share(20, 20) == pytest.approx(0.64)
    assert PatchMean(network, 8, coverage="full").covered_share(20, 999) == 1.0


def test_survives_saving(network, tmp_path):
    images = keras.Input((None, None, 3))
    layer = PatchMean(network, 8, grid=2, coverage="full", name="features")
    model = keras.Model(images, layer(images))
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    assert restored.get_layer("features").coverage == "full"
    np.testing.assert_array_equal(
        restored(make_images(1, 9, 9)), model(make_images(1, 9, 9))
    )


@pytest.mark.parametrize("options", [{"grid": 0}, {"coverage": "most"}])
def test_rejects_options(network, options):
    with pytest.raises(ValueError, match=r"Received: .*(grid=0|coverage=most)"):
        PatchMean(network, 8, **options)


def convolutional(size):
    """A network whose sums are long enough to depend on the order of additions."""
    keras.utils.set_random_seed(0)
    crops = keras.Input((size, size, 3))
    x = keras.layers.Rescaling(1 / 255)(crops)
    x = keras.layers.Conv2D(32, 3, strides=2, activation="relu")(x)
    x = keras.layers.Conv2D(48, 3, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(crops, keras.layers.Dense(5)(x))


@pytest.mark.parametrize(
    ("coverage", "shape"), [("grid", (70, 90)), ("full", (75, 100))]
)
def test_a_score_does_not_depend_on_its_batch_bit_for_bit(coverage, shape):
    images = make_images(4, *shape).astype("float32")
    layer = PatchMean(convolutional(32), 32, grid=3, coverage=coverage)
    together = ops.convert_to_numpy(layer(images))
    assert np.ptp(together, axis=0).min() > 0
    for rows in ([0], [3, 1], [2, 0, 3]):
        np.testing.assert_array_equal(layer(images[rows]), together[rows])


def test_windows_are_of_one_size_whatever_the_batch():
    seen = set()

    @keras.saving.register_keras_serializable(package="test")
    class Looking(keras.layers.Layer):
        def call(self, crops):
            seen.add(crops.shape[0])
            return ops.mean(crops, (1, 2))

    crops = keras.Input((16, 16, 3))
    layer = PatchMean(keras.Model(crops, Looking()(crops)), 16, grid=3, coverage="full")
    seen.clear()
    for shape in ((1, 16, 16), (1, 100, 40), (3, 33, 50)):
        layer(make_images(*shape))
    assert seen == {layer.window} == {9}


@pytest.mark.parametrize("coverage", ["grid", "full"])
def test_the_gradient_is_that_of_all_crops_at_once(coverage):
    images = make_images(2, 40, 53).astype("float32")
    layer = PatchMean(convolutional(32), 32, grid=3, coverage=coverage)
    found = gradients(layer, images)
    layer.unrolled = True
    expected = gradients(layer, images)
    assert len(found) == len(expected) == 7
    for one, other in zip(found, expected, strict=True):
        scale = np.abs(other).max()
        assert scale > 0
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * scale)


def gradients(layer, images):
    """Returns gradients of a sum of squares by images and by all weights."""
    if keras.backend.backend() == "jax":
        import jax

        layer.build(images.shape)

        def loss(values, images):
            return ops.sum(layer.stateless_call(values, [], images)[0] ** 2)

        values = [variable.value for variable in layer.trainable_variables]
        by_weights, by_images = jax.grad(loss, (0, 1))(values, images)
        return [by_images, *by_weights]
    import tensorflow as tf

    pixels = tf.Variable(images)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(pixels.value()) ** 2)
    sources = [pixels, *(variable.value for variable in layer.trainable_variables)]
    return [one.numpy() for one in tape.gradient(total, sources)]


def test_a_stateless_call_leaves_no_training_phase_behind():
    images = ops.convert_to_tensor(make_images(1, 40, 53).astype("float32"))
    layer = PatchMean(convolutional(32), 32, grid=2)
    layer.build(images.shape)
    layer.stateless_call([variable.value for variable in layer.variables], [], images)
    dropout, ones = keras.layers.Dropout(0.5), np.ones((4, 100), "float32")
    assert ops.convert_to_numpy(dropout(ones, training=True)).min() == 0
    assert ops.convert_to_numpy(dropout(ones)).min() == 1


def test_the_network_knows_that_it_is_trained():
    """Batch normalization updates its statistics in training alone."""
    inputs = keras.Input((32, 32, 3))
    features = keras.layers.GlobalAveragePooling2D()(
        keras.layers.BatchNormalization()(inputs)
    )
    network = keras.Model(inputs, features)
    layer = PatchMean(network, 32, grid=2)
    model = keras.Sequential([keras.Input((None, None, 3)), layer])
    images = make_images(2, 40, 53).astype("float32")
    for train in (layer, model):
        before = ops.convert_to_numpy(network.layers[1].moving_mean)
        train(images)
        same = ops.convert_to_numpy(network.layers[1].moving_mean)
        np.testing.assert_array_equal(same, before)
    model(images, training=True)
    assert np.abs(network.layers[1].moving_mean - before).max() > 1


def test_layers_with_compiled_windows_are_copied_and_saved(tmp_path):
    inputs = keras.Input((None, None, 3))
    layer = PatchMean(convolutional(32), 32, grid=2, name="features")
    model = keras.Model(inputs, layer(inputs))
    images = make_images(2, 40, 53).astype("float32")
    expected = ops.convert_to_numpy(model(images))
    again = copy.deepcopy(layer)
    np.testing.assert_array_equal(again(images), expected)
    model.save(tmp_path / "a.keras")
    loaded = keras.saving.load_model(tmp_path / "a.keras")
    np.testing.assert_array_equal(loaded(images), expected)
    np.testing.assert_array_equal(model.predict(images, verbose=0), expected)
