"""Tests of the weighted mean over patches."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import WeightedPatchMean


@pytest.mark.parametrize("shape", [(2, 6, 4), (2, 3, 5, 4)])
def test_is_the_weighted_mean(shape):
    rng = np.random.default_rng(0)
    patches = rng.uniform(0.1, 1, shape).astype("float32")
    result = ops.convert_to_numpy(WeightedPatchMean()(patches))
    for image, row in zip(patches.reshape(2, -1, 4), result, strict=True):
        expected = np.average(image[:, :3], axis=0, weights=image[:, 3])
        np.testing.assert_allclose(row, expected, rtol=1e-5)


def test_equal_weights_give_the_plain_mean():
    patches = np.random.default_rng(0).normal(size=(2, 6, 4)).astype("float32")
    patches[..., -1] = 0.25
    result = ops.convert_to_numpy(WeightedPatchMean()(patches))
    np.testing.assert_allclose(result, patches[..., :3].mean(1), atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 4), (2, 6, 1)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=rf"shape \({shape[0]}, "):
        WeightedPatchMean()(np.ones(shape, "float32"))
