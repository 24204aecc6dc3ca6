"""Tests of JPEG 2000 and of palettes."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.distortions import jpeg2000
from tfiqa.distortions import palette

RATIOS = DISTORTIONS["jpeg2000"].strengths


@pytest.mark.parametrize("ratio", RATIOS)
def test_files_have_about_the_published_ratios(make_image, ratio):
    # Grain is no texture: the codec keeps or drops much of it at once.
    image = make_image(256, 384, grain=20)
    encoded = jpeg2000.encode(image, ratio)
    np.testing.assert_allclose(image.nbytes / len(encoded), ratio, rtol=0.1)


@pytest.mark.parametrize("name", ["112090", "3096", "309004", "35091", "48017"])
@pytest.mark.parametrize("ratio", RATIOS)
def test_photographs_have_the_published_ratios(shared, ratio, name):
    file = shared / "data" / "pristine" / "bsds" / f"{name}.jpg"
    if not file.is_file():
        pytest.skip(f"{file} is missing")
    photograph = np.asarray(Image.open(file).convert("RGB"))
    encoded = jpeg2000.encode(photograph, ratio)
    np.testing.assert_allclose(photograph.nbytes / len(encoded), ratio, rtol=0.03)


def ratio_by_ratio(image, ratio):
    """The file of the search without any file made out of turn, and all lengths."""
    target = image.nbytes / ratio
    files = [jpeg2000._encode(image, ratio, threads=1)]
    low, high = ratio / 1.3, ratio
    while abs(len(files[-1]) / target - 1) > 0.025 and len(files) < 6:
        middle = (low * high) ** 0.5
        files.append(jpeg2000._encode(image, middle, block=32, threads=1))
        if len(files[-1]) > target:
            low = middle
        elif len(files[-1]) == len(files[-2]):
            break
        else:
            high = middle
    lengths = [len(file) for file in files]
    return min(files, key=lambda file: abs(len(file) - target)), lengths


def test_the_search_finds_the_file_of_all_ratios_in_turn(make_image, monkeypatch):
    made = []
    monkeypatch.setattr(jpeg2000, "_encode", counting(jpeg2000._encode, made))
    saved = []
    for seed in range(6):
        image = make_image(96, 128, seed=seed, grain=(9, 14, 20)[seed % 3])
        for ratio in (32, 45):
            file, lengths = ratio_by_ratio(image, ratio)
            made.clear()
            assert jpeg2000.encode(image, ratio) == file
            saved.append(len(lengths) - len(made))
    assert max(saved) == 2
    assert sum(saved) > 0


def counting(function, calls):
    def run(*arguments, **options):
        calls.append(arguments)
        return function(*arguments, **options)

    return run


def test_files_are_irreversible_with_five_resolutions(make_image):
    encoded = jpeg2000.encode(make_image(64, 80), 16)
    # The marker "coding style default" of ITU-T T.800, table A.12 and on.
    style = encoded.index(b"\xff\x52")
    fields = encoded[style + 4 :]
    assert fields[1] == 0  # Progression: layers, resolutions, components, positions.
    assert int.from_bytes(fields[2:4], "big") == 1  # One layer.
    assert fields[4] == 1  # The color transform,
    assert fields[9] == 0  # with the irreversible wavelet
    assert fields[5] == 4  # in four halvings.


def test_images_are_those_of_the_file(make_image):
    image = make_image(60, 52)
    decoded = Image.open(io.BytesIO(jpeg2000.encode(image, 32)))
    distorted = distort(image[None], "jpeg2000", 2, (0, 0), stretch=False)
    np.testing.assert_allclose(distorted[0], np.asarray(decoded), atol=1e-4)


@pytest.mark.parametrize("colors", DISTORTIONS["color_quantization"].strengths)
def test_palettes_are_as_large_as_asked_for(make_image, colors):
    image = make_image(60, 52, grain=20)
    painted = palette.through_palette(image, colors)
    assert len(np.unique(painted.reshape(-1, 3), axis=0)) == colors


def test_few_colors_stay_as_they_are():
    colors = np.array([[0, 0, 0], [250, 10, 20], [30, 200, 90]], "uint8")
    image = colors[np.random.default_rng(0).integers(0, 3, (20, 30))]
    np.testing.assert_array_equal(palette.through_palette(image, 8), image)


def test_the_first_cut_is_the_best_of_all(make_image):
    image = make_image(30, 40, grain=25)
    samples = image.reshape(-1, 3).astype("float64")
    cells = image.reshape(-1, 3) >> 3

    def squares(part):
        return np.square(part - part.mean(axis=0)).sum() if len(part) else 0.0

    best = min(
        squares(samples[low]) + squares(samples[~low])
        for axis in range(3)
        for low in (cells[:, axis] < position for position in range(1, 32))
    )
    entries = palette.least_variance_palette(image, 2).astype("float64")
    distances = np.square(samples[:, None] - entries).sum(axis=2)
    assert distances.min(axis=1).sum() <= best * 1.001


@pytest.mark.parametrize("sides", [(5, 7), (600, 500)])
def test_moments_are_sums_of_colors(sides):
    image = np.random.default_rng(0).integers(128, 256, (*sides, 3), "uint8")
    image[:, 0] = 3
    moments = palette._cumulative_moments(image)
    everything = [image.shape[0] * image.shape[1], *image.sum((0, 1))]
    np.testing.assert_array_equal(moments[-1, -1, -1], everything)
    low = image[(image < (200, 176, 256)).all(axis=2)]
    expected = [len(low), *low.sum(axis=0)]
    np.testing.assert_array_equal(moments[25, 22, 32], expected)


def test_errors_are_diffused():
    # Half way between two colors, dithering keeps the mean; rounding would not.
    ramp = np.tile(np.linspace(60, 190, 128)[:, None, None], (1, 64, 3))
    image = np.round(ramp).astype("uint8")
    painted = palette.through_palette(image, 4).astype("float64")
    means = painted.reshape(16, 8, 64, 3).mean(axis=(1, 2))
    expected = ramp.reshape(16, 8, 64, 3).mean(axis=(1, 2))
    assert np.abs(means[3:-3] - expected[3:-3]).max() < 6
