"""Tests of the mean over crops."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import PatchMean


@pytest.fixture
def network():
    """A network that tells the first pixel, the mean and the spread of a crop."""
    crops = keras.Input((8, 8, 3))
    told = [crops[:, 0, 0], ops.mean(crops, (1, 2)), ops.std(crops, (1, 2))]
    return keras.Model(crops, keras.layers.Concatenate()(told))


def pictures(*shape):
    return np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype("uint8")


def told(images, size, tops, lefts):
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
    images = pictures(2, 20, 30)
    layer = PatchMean(network, 8, grid=3)
    expected = told(images, 8, [0, 6, 12], [0, 11, 22])
    np.testing.assert_allclose(layer(images), expected, rtol=1e-5)


def test_full_coverage_is_the_mean_over_its_crops(network):
    images = pictures(2, 20, 30)
    layer = PatchMean(network, 8, coverage="full")
    expected = told(images, 8, [0, 6, 12], [0, 7, 15, 22])
    np.testing.assert_allclose(layer(images), expected, rtol=1e-5)


@pytest.mark.parametrize("shape", [(20, 30), (3, 20), (8, 8)])
def test_all_rows_at_once_give_the_same(network, shape):
    layer = PatchMean(network, 8, coverage="full")
    images = pictures(2, *shape)
    expected = ops.convert_to_numpy(layer(images))
    layer.at_once = True
    np.testing.assert_allclose(layer(images), expected, rtol=1e-6)


@pytest.mark.parametrize("coverage", ["grid", "full"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 20), (8, 8), (20, 5)])
def test_takes_any_size_as_whole_numbers_or_not(network, coverage, shape):
    layer = PatchMean(network, 8, grid=2, coverage=coverage)
    images = pictures(1, *shape)
    result = ops.convert_to_numpy(layer(images))
    assert result.shape == (1, 9)
    np.testing.assert_allclose(layer(images.astype("float32")), result)


@pytest.mark.parametrize("coverage", ["grid", "full"])
def test_a_picture_does_not_depend_on_its_batch(network, coverage):
    images = pictures(3, 20, 30)
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
    np.testing.assert_array_equal(restored(pictures(1, 9, 9)), model(pictures(1, 9, 9)))


@pytest.mark.parametrize("options", [{"grid": 0}, {"coverage": "most"}])
def test_rejects_options(network, options):
    with pytest.raises(ValueError, match=r"Received: .*(grid=0|coverage=most)"):
        PatchMean(network, 8, **options)
