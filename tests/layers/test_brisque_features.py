"""Tests of BRISQUE's features, against plain NumPy and published numbers."""

import numpy as np
import pytest
from keras import ops

from benchmarks import plain_brisque
from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tfiqa.data.decode import decode
from tfiqa.layers import BRISQUEFeatures


@pytest.fixture(autouse=True)
def double():
    require_double()


def features(images, variant="ut", **options):
    return ops.convert_to_numpy(BRISQUEFeatures(variant, **options)(images))


# Less than a strip, a whole one, one and a row, several; odd and even sides.
@pytest.mark.parametrize("shape", [(40, 33), (96, 64), (97, 64), (199, 32), (21, 8)])
def test_features_are_the_plain_ones(shape):
    image = textured(0, *shape)
    expected = plain_brisque.brisque_features(image)
    np.testing.assert_allclose(features(image[None])[0], expected, atol=1e-9)


@pytest.mark.parametrize("shape", [(40, 33), (97, 64)])
def test_features_of_opencv_are_the_plain_ones(shape):
    # In single precision the plain version, in double, is met to a few digits.
    image = textured(1, *shape)
    expected = plain_brisque.brisque_features(image, "opencv")
    result = features(image[None], "opencv")[0]
    np.testing.assert_allclose(result, expected, atol=2e-4)


def test_every_image_of_a_batch_by_itself():
    batch = np.stack([textured(seed, 130, 40) for seed in range(3)])
    together = features(batch)
    for image, result in zip(batch, together, strict=True):
        np.testing.assert_allclose(features(image[None])[0], result, atol=1e-12)


def test_floats_that_are_almost_levels_are_levels():
    image = textured(1, 32, 32)[None]
    almost = image / np.float32(255) * np.float32(255)
    np.testing.assert_array_equal(features(almost), features(image))


def test_images_with_a_nan_or_without_structure_are_described_by_nan():
    images = np.stack([textured(seed, 70, 64) for seed in range(3)]).astype("float32")
    images[1, 67, 3, 1] = np.nan
    images[2] = 0
    result = features(images)
    assert np.isfinite(result[0]).all()
    assert np.isnan(result[1:]).any(axis=1).all()


def test_exact_zeros_change_flat_areas_alone():
    image = textured(3, 64, 64)
    both = [features(image[None], exact_zeros=e)[0] for e in (False, True)]
    np.testing.assert_array_equal(*both)
    image[:32] = 77
    both = [features(image[None], exact_zeros=e)[0] for e in (False, True)]
    assert np.abs(both[0] - both[1]).max() > 1e-3


# Specified to these digits; the first scale, and six features of the second.
def test_specified_features(shared):
    image = decode((shared / "goldens/calibration/I04.bmp").read_bytes())
    result = features(image[None])[0]
    fine = [2.189, 0.305391, 0.736, 0.045863, 0.078989, 0.123949]
    coarse = [1.917, 0.257881, 0.663, 0.025765, 0.067753, 0.091049]
    np.testing.assert_allclose(result[:6], fine, atol=6e-7)
    np.testing.assert_allclose(result[18:24], coarse, atol=6e-7)


def test_unknown_variant_is_named():
    with pytest.raises(ValueError, match=r"ut, opencv.*variant='matlab'"):
        BRISQUEFeatures("matlab")
