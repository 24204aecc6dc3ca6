"""Tests of the last layer of scorers."""

import numpy as np
import pytest
from keras import ops

from tfiqa.layers import MOS

QUALITY = np.array([[0.5], [0.25]], "float32")


def scores(layer, images):
    return ops.convert_to_numpy(layer(QUALITY, images))


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_maps_to_mos_units(dtype):
    images = np.arange(2 * 2 * 2 * 3).reshape(2, 2, 2, 3).astype(dtype)
    np.testing.assert_allclose(scores(MOS(8.0, 1.0), images), [[5.0], [3.0]])


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_flat_images_have_no_score(dtype):
    images = np.full((2, 4, 4, 3), 200, dtype)
    images[0, 0, 0, 1] += 1  # One level of noise is still flat.
    assert np.isnan(scores(MOS(), images)).all()
    images[1, 0, 0, 1] += 2
    assert np.isnan(scores(MOS(), images)).ravel().tolist() == [True, False]


def test_colors_alone_are_flat():
    images = np.zeros((2, 4, 4, 3), "uint8")
    images[..., 0] = 250
    assert np.isnan(scores(MOS(), images)).all()


def test_stays_single_precision_and_keeps_metadata():
    layer = MOS(2.0, metadata={"method": "x"}, dtype="mixed_bfloat16")
    copy = MOS.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    assert copy.metadata == {"method": "x"}
    assert scores(copy, np.zeros((2, 2, 2, 3))).dtype == np.float32
