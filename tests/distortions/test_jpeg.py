"""Tests of JPEG against libjpeg."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfiqa.distortions.jpeg import LUMA_STEPS
from tfiqa.distortions.jpeg import quantization_steps
from tfiqa.distortions.jpeg import through_jpeg
from tfiqa.distortions.jpeg import transform_matrix


def through_file(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    return np.asarray(Image.open(file), "float32")


def through_tensors(image, quality):
    planes = tf.constant(image.astype("float32").transpose(2, 0, 1)[None])
    return through_jpeg(planes, quality).numpy()[0].transpose(1, 2, 0)


@pytest.mark.parametrize("size", [(64, 80), (101, 149), (17, 16), (16, 31), (33, 18)])
@pytest.mark.parametrize("quality", [43, 36, 24, 7, 4, 1, 90])
def test_equals_libjpeg(make_image, size, quality):
    image = make_image(*size)
    np.testing.assert_array_equal(
        through_tensors(image, quality), through_file(image, quality)
    )


@pytest.mark.parametrize("quality", [43, 4])
def test_equals_libjpeg_on_noise(quality):
    # Extreme samples reach the ends of every range of the fixed-point sums.
    image = np.random.default_rng(1).choice([0, 255], (48, 64, 3)).astype("uint8")
    np.testing.assert_array_equal(
        through_tensors(image, quality), through_file(image, quality)
    )


def test_transform_is_an_orthogonal_cosine_transform():
    matrix = transform_matrix() / 2**13
    frequencies, samples = np.mgrid[:8, :8]
    cosines = np.cos((2 * samples + 1) * frequencies * np.pi / 16) * np.sqrt(2)
    cosines[0] = 1
    np.testing.assert_allclose(matrix, cosines, atol=2e-4)
    assert np.all(transform_matrix() == np.round(transform_matrix()))


def test_steps_of_quality_50_are_the_table_of_the_standard():
    np.testing.assert_array_equal(quantization_steps(LUMA_STEPS, 50), LUMA_STEPS)
    assert quantization_steps(LUMA_STEPS, 100).max() == 1
    np.testing.assert_array_equal(
        quantization_steps(LUMA_STEPS, 0), quantization_steps(LUMA_STEPS, 1)
    )
