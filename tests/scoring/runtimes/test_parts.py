"""The parts of light runtimes against the layers that they stand for."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa import layers
from tfiqa.layers.map_statistics import MapStatistics
from tfiqa.layers.precision import double
from tfiqa.scoring.runtimes import brisque
from tfiqa.scoring.runtimes import head
from tfiqa.scoring.runtimes import niqe
from tfiqa.scoring.runtimes import piqe
from tfiqa.scoring.runtimes import tiles

RNG = np.random.default_rng(0)


def test_heads_compute_what_their_layers_do():
    inputs = keras.Input((5,), name="head_input")
    x = layers.StandardizedDense(7, limit=1.5, name="hidden")(inputs)
    x = keras.layers.Dense(3, activation="relu", name="second")(x)
    x = keras.layers.Dense(1, name="quality")(x)
    x = keras.layers.Rescaling(3.0, 40.0, name="raw_mos")(x)
    calibration = layers.Calibration((90.0, 5.0, 40.0, 2.0), (50.0,), (9.0,), 0.9)
    model = keras.Model(inputs, calibration(x))
    model.get_layer("hidden").set_statistics(
        RNG.normal(size=5),
        RNG.uniform(0.5, 2, 5),
        RNG.normal(size=(5, 7)),
        RNG.normal(size=7),
    )
    rows = [(type(layer).__name__, layer.get_config()) for layer in model.layers]
    weights = {
        f"{layer.name}/{weight.name}": ops.convert_to_numpy(weight.value)
        for layer in model.layers
        for weight in layer.weights
    }
    call = head.compiled(rows, weights)
    features = RNG.normal(0, 3, (20, 5)).astype("float32")
    expected = ops.convert_to_numpy(model(features))[:, 0]
    assert np.ptp(expected) > 1
    np.testing.assert_allclose([call(row) for row in features], expected, rtol=1e-5)


def test_other_layers_are_refused():
    with pytest.raises(ValueError, match="Received: Dropout"):
        head.check_layer("Dropout", {})
    with pytest.raises(ValueError, match="Received: 'selu'"):
        head.check_layer("Dense", {"activation": "selu"})


@pytest.mark.parametrize(
    "size", [(64, 64), (9, 130), (65, 30), (130, 200), (5, 6), (64, 65)]
)
def test_tiles_and_moments_are_those_of_the_layer(size):
    inputs = keras.Input((None, None, 3))
    network = keras.Model(inputs, [inputs, keras.layers.AveragePooling2D(2)(inputs)])
    layer = MapStatistics(network, side=64, smallest=8, extremes=[1])
    image = RNG.integers(0, 256, (*size, 3)).astype("uint8")

    def describe(tile):
        moments = layer._moments(ops.convert_to_tensor(tile[None]))
        return tuple(ops.convert_to_numpy(one)[0] for one in moments)

    result = tiles.features(tiles.tiles(image, 64, 8), describe)
    expected = ops.convert_to_numpy(layer(image[None]))[0]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-4)


def coarse_image(height, width):
    """Squares of 5 x 5 pixels, with noise above."""
    coarse = RNG.integers(0, 256, (-(-height // 5), -(-width // 5), 3))
    image = np.kron(coarse, np.ones((5, 5, 1)))[:height, :width].astype("uint8")
    image[:30] = RNG.integers(0, 256, image[:30].shape)
    return image


@pytest.mark.parametrize("exact_zeros", [False, True])
@pytest.mark.parametrize("size", [(96, 96), (120, 70), (64, 100)])
def test_features_of_niqe_are_those_of_the_layer(size, exact_zeros):
    if double() != "float64":
        pytest.skip("NIQE computes in double precision")
    image = coarse_image(*size)
    image[40:60] = 77
    layer = layers.NIQEFeatures(32, exact_zeros=exact_zeros)
    expected = ops.convert_to_numpy(layer(image[None]))[0].reshape(-1, 36)
    result = niqe.patch_features(image, 32, exact_zeros=exact_zeros)
    # Where rounding has signs, as the authors' code leaves it, they differ.
    whole = slice(None) if exact_zeros else np.s_[: size[1] // 32]
    np.testing.assert_allclose(result[whole], expected[whole], rtol=1e-6, atol=1e-9)
    mean = layers.PatchAverage()(expected[None, None])
    np.testing.assert_allclose(
        niqe.mean_features(expected), ops.convert_to_numpy(mean)[0], rtol=1e-12
    )


# One strip, several, a last one of one row; odd sides.
@pytest.mark.parametrize("size", [(96, 96), (120, 71), (97, 40), (193, 33), (16, 17)])
def test_features_of_brisque_are_those_of_the_layer(size):
    if double() != "float64":
        pytest.skip("BRISQUE computes in double precision")
    image = coarse_image(*size)
    image[40:60] = 77
    layer = layers.BRISQUEFeatures(exact_zeros=True)
    expected = ops.convert_to_numpy(layer(image[None]))[0]
    result = brisque.features(image, exact_zeros=True)
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-12)


def test_an_image_with_values_on_one_side_has_the_features_of_the_layer():
    """Such as NaN scales, where a sample has no positive or no negative value."""
    if double() != "float64":
        pytest.skip("BRISQUE computes in double precision")
    image = np.zeros((40, 40, 3), "uint8")
    image[20:22, 20:22] = 255
    layer = layers.BRISQUEFeatures(exact_zeros=True)
    np.testing.assert_allclose(
        brisque.features(image, exact_zeros=True),
        ops.convert_to_numpy(layer(image[None]))[0],
        rtol=1e-9,
    )


def test_support_vectors_are_those_of_the_layers():
    if double() != "float64":
        pytest.skip("BRISQUE computes in double precision")
    inputs = keras.Input((36,), dtype="float64")
    scaling = layers.FeatureScaling(name="scaling")
    vectors = layers.SupportVectors(7, 0.05, name="support_vectors")
    model = keras.Model(inputs, vectors(scaling(inputs)))
    model.set_weights([RNG.normal(size=one.shape) for one in model.get_weights()])
    weights = {
        f"{layer.name}/{weight.name}": ops.convert_to_numpy(weight.value)
        for layer in (scaling, vectors)
        for weight in layer.weights
    }
    features = RNG.normal(size=36)
    np.testing.assert_allclose(
        brisque.regress(features, weights, 0.05),
        ops.convert_to_numpy(model(features[None]))[0, 0],
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    "size", [(96, 96), (120, 71), (97, 40), (193, 33), (16, 17), (8, 9)]
)
def test_blocks_of_piqe_are_those_of_the_layer(size):
    if double() != "float64":
        pytest.skip("PIQE computes in double precision")
    image = coarse_image(*size)
    image[40:60] = 77
    expected = ops.convert_to_numpy(layers.PIQEBlocks()(image[None]))[0]
    result = piqe.judged_blocks(image)
    np.testing.assert_allclose(result, expected.reshape(-1, 5), atol=1e-9)
    means = ops.mean(ops.convert_to_tensor(expected[None]), axis=(1, 2))
    distance = layers.PIQEDistance()(expected[None], means)
    assert piqe.distance(image) == pytest.approx(float(distance[0, 0]), rel=1e-12)


def test_a_patch_without_structure_has_no_features():
    image = RNG.integers(0, 256, (64, 64, 3)).astype("uint8")
    image[:40, :40] = 90
    result = niqe.patch_features(image, 32, exact_zeros=True)
    assert np.isnan(result[0]).any()
    assert not np.isnan(result[3]).any()
