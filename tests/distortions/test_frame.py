"""Tests of the stretches around a distortion."""

import numpy as np

from tfiqa.distortions import distort
from tfiqa.distortions import stretch


def test_stretch_is_one_affine_map_of_each_image(image):
    images = np.stack([image // 2 + 30, image // 3])
    stretched = stretch(images).numpy()
    for image, result in zip(images.astype("float64"), stretched, strict=True):
        expected = (image - image.min()) / (image.max() - image.min()) * 255
        np.testing.assert_allclose(result, expected, atol=1e-4)


def test_stretch_returns_constant_images_as_they_are():
    images = np.full((1, 20, 20, 3), 77, "uint8")
    np.testing.assert_array_equal(stretch(images), images)


def test_results_are_stretched_again(image):
    image = (image // 2 + 30)[None]
    blurred = distort(image, "gaussian_blur", 5, (0, 0)).numpy()
    assert blurred.min() == 0
    np.testing.assert_allclose(blurred.max(), 255, rtol=1e-6)
    plain = distort(image, "gaussian_blur", 5, (0, 0), stretch=False)
    np.testing.assert_allclose(stretch(plain), blurred, atol=1e-2)
    assert plain.numpy().min() >= image.min()
