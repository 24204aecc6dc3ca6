"""Tests against outputs of the original definition of KADIS-700k."""

import numpy as np
import pytest
import scipy.io
import tensorflow as tf
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.distortions import frame
from tfiqa.distortions.color import shift_green

# The largest error in [0, 1]. Color spaces of the original have other digits.
TOLERANCES = {"color_diffusion": 2e-3, "saturation_lab": 2e-3} | {
    "brighten": 1e-4,
    "sharpen": 1e-4,
}
TYPES = [
    "gaussian_blur",
    "lens_blur",
    "color_diffusion",
    "saturation_hsv",
    "saturation_lab",
    "brighten",
    "darken",
    "mean_shift",
    "pixelate",
    "sharpen",
    "contrast",
]


@pytest.mark.parametrize("level", [2, 4])
@pytest.mark.parametrize("name", TYPES)
def test_equals_the_original(shared, name, level):
    folder = shared / "goldens" / "kadis"
    image = np.asarray(Image.open(folder / "input.png"))
    file = folder / f"d{DISTORTIONS[name].number:02d}_l{level}.mat"
    expected = scipy.io.loadmat(file)["r"]
    distorted = distort(image[None], name, level, (0, 0)).numpy()[0] / 255.0
    tolerance = TOLERANCES.get(name, 1e-5)
    np.testing.assert_allclose(distorted, expected, atol=tolerance)


@pytest.mark.parametrize("level", [2, 4])
def test_color_shift_equals_the_original(shared, level):
    # The original was run with these two numbers in place of random ones.
    direction = tf.constant([[0.3, 0.9]])
    folder = shared / "goldens" / "kadis"
    image = np.asarray(Image.open(folder / "input.png"))
    expected = scipy.io.loadmat(folder / f"d05_l{level}.mat")["r"]
    images = tf.constant(image[None], tf.float32)
    planes = frame.to_planes(images, bounds=frame.extrema(images))
    amount = DISTORTIONS["color_shift"].strengths[level - 1]
    shifted = frame.stretch_planes(shift_green(planes, direction, amount))
    shifted = shifted.numpy()[0].transpose(1, 2, 0)
    np.testing.assert_allclose(shifted, expected, atol=1e-5)
