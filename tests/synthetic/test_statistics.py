"""Tests for the statistics, and of the pictures by them."""

import numpy as np
import pytest
import scipy.special
from PIL import Image
from scipy import stats

from benchmarks import natural_statistics as statistics
from tfiqa import synthetic

SIDE = 256


def grey(values):
    return np.repeat(np.asarray(values)[..., None], 3, axis=-1)


@pytest.mark.parametrize("slope", [0.0, 1.0, 2.0, 3.0])
def test_slope_is_that_of_the_spectrum(slope):
    random = np.random.default_rng(0)
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    frequency[0, 0] = 1
    measured = []
    for _ in range(4):
        white = np.fft.rfft2(random.normal(size=(SIDE, SIDE)))
        plane = np.fft.irfft2(white / frequency ** (slope / 2), s=(SIDE, SIDE))
        measured.append(statistics.spectrum_slope(grey(plane)))
    assert np.mean(measured) == pytest.approx(slope, abs=0.06)


def test_slope_does_not_depend_on_brightness_and_contrast():
    picture = synthetic.dead_leaves(0, 128)
    expected = statistics.spectrum_slope(picture)
    changed = statistics.spectrum_slope(0.3 * picture + 40.0)
    assert changed == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "kurtosis"), [("norm", 3), ("laplace", 6)])
def test_kurtosis_is_that_of_the_differences(name, kurtosis):
    steps = getattr(stats, name).rvs(size=(600, 600), random_state=1)
    horizontal = np.cumsum(steps, axis=1)
    measured = statistics.derivative_kurtosis(grey(horizontal[:1]))
    assert measured == pytest.approx(kurtosis, rel=0.5)
    measured = statistics.derivative_kurtosis(
        grey(np.cumsum(steps.reshape(1, -1))[None])
    )
    assert measured == pytest.approx(kurtosis, rel=0.06)


def test_kurtosis_of_a_constant_picture_is_nan():
    assert np.isnan(statistics.derivative_kurtosis(np.full((8, 8, 3), 9, np.uint8)))


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.0, 4.0])
def test_laws_are_found_again(shape):
    left, right = stats.gennorm.rvs(shape, size=(2, 60_000), random_state=0)
    # The density is steady at zero: as many values on a side as it is wide.
    values = np.concatenate([-2.0 * np.abs(left), 0.5 * np.abs(right[:15_000])])
    result, low, high = statistics._asymmetric_gaussian(values)
    assert result == pytest.approx(shape, rel=0.08)
    assert low == pytest.approx(2.0, rel=0.08)
    assert high == pytest.approx(0.5, rel=0.08)


def test_features_of_a_flat_picture_are_finite():
    features = statistics.natural_features(np.full((96, 96, 3), 9, np.uint8))
    assert features.shape == (36,)
    assert np.isfinite(features).all()


def test_distance_is_zero_for_equals_and_grows():
    random = np.random.default_rng(0)
    features = random.normal(size=(500, 3))
    assert statistics.feature_distance(features, features) == 0
    shifted = statistics.feature_distance(features + np.eye(3)[0] * 2, features)
    assert shifted == pytest.approx(2 / features[:, 0].std(), rel=0.05)


def test_shape_ratios_are_those_of_the_gamma_function():
    shape = statistics._SHAPES[1800]
    gamma = scipy.special.gamma
    expected = gamma(2 / shape) ** 2 / (gamma(1 / shape) * gamma(3 / shape))
    assert statistics._shape_ratios()[1800] == pytest.approx(expected)


@pytest.fixture(scope="module")
def natural(shared):
    paths = sorted((shared / "data" / "pristine").rglob("*.[jp][pn]g"))[::3]
    crops = []
    for path in paths:
        photograph = np.asarray(Image.open(path).convert("RGB"))
        top, left = ((n - SIDE) // 2 for n in photograph.shape[:2])
        crops.append(photograph[top : top + SIDE, left : left + SIDE])
    return crops


def test_spectra_of_dead_leaves_fall_like_those_of_nature():
    slopes = [
        statistics.spectrum_slope(synthetic.dead_leaves(i, SIDE)) for i in range(256)
    ]
    # Of discs, 1 / f**3 above the frequencies of the smallest; nature is near 2.
    assert 2.7 < np.median(slopes) < 3.1
    assert np.std(slopes) < 0.15


def test_textures_bring_leaves_closer_to_nature(natural):
    plain = [synthetic.dead_leaves(i, SIDE) for i in range(48)]
    textured = [synthetic.textured_leaves(i, SIDE) for i in range(48)]
    for measure in (statistics.spectrum_slope, statistics.derivative_kurtosis):
        ours, theirs = ([measure(p) for p in kind] for kind in (textured, natural))
        low, high = np.percentile(theirs, [5, 95])
        assert low < np.median(ours) < high
        middle = np.median(theirs)
        flat = np.median([measure(picture) for picture in plain])
        assert abs(np.median(ours) - middle) < abs(flat - middle)
    features = [
        np.stack([statistics.natural_features(picture) for picture in kind])
        for kind in (plain, textured, natural)
    ]
    far = statistics.feature_distance(features[0], features[2])
    near = statistics.feature_distance(features[1], features[2])
    assert near < far / 2
