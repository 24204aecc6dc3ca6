"""Halving and cutting as tensor arithmetic, byte for byte that of Pillow."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfiqa.distortions.scaled_crops import BLACK
from tfiqa.distortions.scaled_crops import halved
from tfiqa.distortions.scaled_crops import scaled_crops

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def pictures(*shape):
    return np.random.default_rng(3).integers(0, 256, (2, *shape, 3), np.uint8)


def by_pillow(picture, kind):
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    even = Image.fromarray(np.ascontiguousarray(picture[:height, :width]))
    return np.asarray(even.resize((width // 2, height // 2), FILTERS[kind]))


@pytest.mark.parametrize("shape", [(48, 34), (17, 21), (2, 6)])
@pytest.mark.parametrize("kind", FILTERS)
def test_half_scale_is_that_of_pillow(kind, shape):
    images = pictures(*shape)
    expected = [by_pillow(picture, kind) for picture in images]
    np.testing.assert_array_equal(halved(tf.constant(images), kind), expected)


def test_crops_show_the_rows_and_columns_that_are_asked_for():
    images, size = pictures(12, 16), 4
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 6, (2, 2, 3, size), np.int32)
    columns = rng.integers(0, 8, (2, 2, 3, size), np.int32)
    rows[0, 1, 2, 0] = columns[1, 0, 1, 3] = BLACK
    cut = tf.function(scaled_crops, jit_compile=True)(
        tf.constant(images), rows, columns, halving="bilinear"
    ).numpy()
    assert cut.shape == (2, 2, 3, size, size, 3)
    for index, picture in enumerate(images):
        for scale, scaled in enumerate((picture, by_pillow(picture, "bilinear"))):
            for crop in range(3):
                own = rows[index, scale, crop], columns[index, scale, crop]
                for (y, row), (x, column) in itertools.product(*map(enumerate, own)):
                    expected = 0 if BLACK in (row, column) else scaled[row, column]
                    assert (cut[index, scale, crop, y, x] == expected).all()
