"""Tests of the distortions that DB-CNN learns."""

import numpy as np
import pytest

from tfiqa.distortions import DBCNN
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.distortions.dbcnn import CLASSES
from tfiqa.distortions.dbcnn import FOLDERS
from tfiqa.distortions.single import distort_image

SEED = np.array([[3, 4]], "int32")


def distorted(image, name, level):
    return distort(image[None], name, level, SEED, bank=DBCNN).numpy()[0]


def test_the_types_of_waterloo_are_the_first():
    assert list(DBCNN.items())[:4] == list(WATERLOO.items())
    assert len(DBCNN) == 9


def test_classes_are_those_of_the_release(shared):
    with np.load(shared / "goldens" / "scnn_goldens.npz") as arrays:
        expected = arrays["classes"].tolist()
    assert [f"{FOLDERS[name]}-{level}" for name, level in CLASSES] == expected


def test_there_are_39_classes_with_two_levels_of_exposure():
    assert len(set(CLASSES)) == len(CLASSES) == 39
    levels = {name: [lv for n, lv in CLASSES if n == name] for name in DBCNN}
    assert levels.pop("overexposure") == levels.pop("underexposure") == [3, 5]
    assert all(rows == [1, 2, 3, 4, 5] for rows in levels.values())


@pytest.mark.parametrize(("level", "span"), [(1, (51, 204)), (5, (125, 130))])
def test_contrast_is_stretched_and_then_compressed(make_image, level, span):
    """The darkest and the brightest share of each channel saturate."""
    image = make_image(70, 64)
    result = distorted(image, "contrast", level)
    for number in range(3):
        channel, levels = image[..., number], result[..., number]
        ordered = np.sort(channel.ravel())
        low = ordered[int(0.01 * ordered.size)]
        high = ordered[int(np.ceil(0.99 * ordered.size)) - 1]
        place = np.clip((channel - float(low)) / (float(high) - low), 0, 1)
        expected = span[0] + (span[1] - span[0]) * place
        assert np.abs(levels - expected).max() <= 1.0
        assert (levels.min(), levels.max()) == pytest.approx(span, abs=1e-3)


def test_noise_is_pink():
    """Its power falls with the square of the frequency; see its spectrum."""
    flat = np.full((512, 512, 3), 128, "uint8")
    flat[0, 0] = 127  # Constant images are left alone.
    noise = distorted(flat, "pink_noise", 1) - 128
    assert 70 < np.abs(noise).max() <= 77  # 0.3 * 255, rounded down.
    for channel in np.moveaxis(noise, 2, 0):
        power = np.abs(np.fft.fft2(channel)) ** 2
        frequencies = np.hypot(*np.meshgrid(*[np.fft.fftfreq(512, 1 / 512)] * 2))
        rings = [
            power[(frequencies >= f) & (frequencies < 2 * f)].mean()
            for f in (4, 8, 16, 32)
        ]
        ratios = np.array(rings[:-1]) / rings[1:]
        np.testing.assert_allclose(ratios, 4, rtol=0.5)
    channels = noise.reshape(-1, 3).T
    assert np.abs(np.corrcoef(channels) - np.eye(3)).max() < 0.5


@pytest.mark.parametrize(("name", "sign"), [("overexposure", 1), ("underexposure", -1)])
def test_exposure_moves_all_levels(image, name, sign):
    expected = np.clip(image + sign * 0.45 * 255, 0, 255)
    np.testing.assert_allclose(distorted(image, name, 3), expected, atol=1e-3)


def test_dither_keeps_few_colors(image):
    result = distorted(image, "dither", 4).reshape(-1, 3)
    assert len(np.unique(result.round(), axis=0)) <= 8


def test_single_images_are_distorted_by_any_bank(image):
    for traced in (False, True):
        result = distort_image(image, 8, 3, SEED[0], traced=traced, bank="dbcnn")
        expected = np.floor(distorted(image, "overexposure", 3) + 0.5)
        np.testing.assert_array_equal(result, expected)
