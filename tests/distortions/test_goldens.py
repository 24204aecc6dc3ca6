"""Tests against outputs of the original definition of KADIS-700k."""

import numpy as np
import pytest
import scipy.io
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort

# The largest error in [0, 1]. Color spaces of the original have other digits.
TOLERANCES = {"color_diffusion": 2e-3, "saturation_lab": 2e-3} | {
    "brighten": 1e-4,
    "sharpen": 1e-4,
}
TYPES = ["gaussian_blur"]


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
