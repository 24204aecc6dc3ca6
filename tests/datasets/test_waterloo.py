"""Waterloo Exploration: its four distortions."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.datasets.waterloo import distortions
from tfiqa.datasets.waterloo.waterloo_dataset_builder import pristine
from tfiqa.datasets.waterloo.waterloo_dataset_builder import versions


@pytest.fixture(scope="module")
def pixels():
    rows, columns = np.mgrid[:64, :96]
    smooth = 128 + 90 * np.sin(rows / 9) * np.cos(columns / 7)
    rng = np.random.default_rng(0)
    picture = smooth[..., None] + rng.normal(scale=8, size=(64, 96, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def decoded(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(float)


@pytest.mark.parametrize("name", distortions.DISTORTIONS)
def test_error_rises_with_the_level(pixels, name):
    errors = [
        np.mean(
            (decoded(distortions.DISTORTIONS[name](pixels, k, "x")[0]) - pixels) ** 2
        )
        for k in distortions.LEVELS
    ]
    assert errors[0] > 0
    assert errors == sorted(errors)


@pytest.mark.parametrize("level", [1, 2])
def test_blur_agrees_with_a_sum_over_windows(pixels, level):
    side = (7, 15)[level - 1]
    places = np.arange(side) - side // 2
    window = np.exp(-(places[:, None] ** 2 + places**2) / (2 * (side / 6) ** 2))
    window /= window.sum()
    margin = side // 2
    padded = np.pad(pixels, [(margin, margin)] * 2 + [(0, 0)], mode="symmetric")
    result = decoded(distortions.gaussian_blur(pixels, level, "x")[0])
    for row, column in ((0, 0), (31, 40), (63, 95)):
        part = padded[row : row + side, column : column + side]
        expected = np.einsum("ij,ijc->c", window, part)
        np.testing.assert_allclose(result[row, column], expected, atol=0.51)


def test_noise_has_the_published_variance():
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = decoded(distortions.white_noise(grey, 2, "x")[0]) - 128
    assert noise.std() / 255 == pytest.approx(2**-3.75, rel=0.02)
    other = decoded(distortions.white_noise(grey, 2, "y")[0]) - 128
    assert abs(np.corrcoef(noise.ravel(), other.ravel())[0, 1]) < 0.02


def test_jpeg2000_reaches_its_rate():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (256, 256, 3), np.uint8)
    encoded, suffix = distortions.jpeg2000(pixels, 1, "x")
    assert suffix == "jp2"
    assert 8 * len(encoded) / 256**2 == pytest.approx(0.46, rel=0.1)


def test_makes_twenty_versions(published_folder):
    row = pristine(published_folder("waterloo"))[1]
    assert (row["reference_id"], row["level"]) == ("00002", -1)
    made = list(versions(row))
    assert len({one["image_id"] for one in made}) == 20
    assert made[7]["image_id"] == "00002_jpeg2000_3.jp2"
    assert {one["reference_id"] for one in made} == {"00002"}


def test_a_folder_without_pictures_is_told(tmp_path):
    (tmp_path / "pristine_images").mkdir()
    with pytest.raises(ValueError, match="pristine_images without any"):
        pristine(tmp_path)
