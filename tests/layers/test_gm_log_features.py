"""Tests of GM-LOG's features, against plain NumPy and specified numbers."""

import numpy as np
import pytest
from keras import ops

from benchmarks import plain_gm_log
from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tfiqa.data.decode import decode
from tfiqa.layers import GMLOGFeatures


@pytest.fixture(autouse=True)
def double():
    require_double()


def features(images, **options):
    return ops.convert_to_numpy(GMLOGFeatures(**options)(images))


# Less than a strip, a whole one, one and a row, several.
@pytest.mark.parametrize("shape", [(40, 33), (128, 64), (129, 64), (270, 32), (5, 6)])
def test_features_are_the_plain_ones(shape):
    image = textured(0, *shape)
    expected = plain_gm_log.gm_log_features(image)
    # One pixel may fall on the other side of a level.
    result = features(image[None])[0]
    bound = 4.0 / ((shape[0] - 4) * (shape[1] - 4))
    np.testing.assert_allclose(result[:20], expected[:20], atol=bound)
    np.testing.assert_allclose(result[20:], expected[20:], atol=10 * bound)


def test_every_image_of_a_batch_by_itself():
    batch = np.stack([textured(seed, 140, 40) for seed in range(3)])
    together = features(batch)
    for image, result in zip(batch, together, strict=True):
        np.testing.assert_allclose(features(image[None])[0], result, atol=1e-5)


def test_the_portable_form_counts_the_same():
    batch = np.stack([textured(seed, 140, 40) for seed in range(2)])
    layer = GMLOGFeatures()
    expected = ops.convert_to_numpy(layer(batch))
    layer.portable = True
    np.testing.assert_allclose(ops.convert_to_numpy(layer(batch)), expected, atol=1e-6)


def test_rounding_moves_no_pixel():
    # The count of a pixel is 1; with sharp edges, single precision moves some of these.
    images = np.stack([textured(seed, 100, 90) for seed in range(4)])
    images[1] = images[1] // 16 + 230  # Faint contrasts in bright areas.
    single, double = features(images), features(images, dtype="float64")
    assert np.abs(single - double)[:, :20].max() * 96 * 86 < 0.05


def test_each_quarter_of_the_features_is_a_distribution():
    result = features(textured(2, 64, 64)[None])[0].reshape(4, 10)
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=1e-5)
    assert (result >= 0).all()


def test_images_with_a_nan_are_described_by_nan():
    pair = np.stack([textured(seed, 40, 40) for seed in range(2)]).astype("float32")
    pair[1, 3, 3, 1] = np.nan
    result = features(pair)
    assert np.isfinite(result[0]).all()
    assert np.isnan(result[1]).all()


def test_specified_histogram(shared):
    image = decode((shared / "goldens/calibration/I04.bmp").read_bytes())
    expected = [0.09378, 0.18975, 0.22291, 0.20667, 0.15009, 0.08465, 0.03858]
    expected += [0.01300, 0.00056, 0]
    result = features(image[None])[0, :10]
    np.testing.assert_allclose(result, expected, atol=2e-5)
