"""Tests of versions of pristine images, and of the D-, L- and P-test on them."""

import numpy as np
import pytest
from PIL import Image

from tests.layers.test_niqe import textured
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.evaluation import pristine_versions as versions
from tfiqa.evaluation.protocols.waterloo import all_tests
from tfiqa.metrics.visual_information import vif

MEASURES = {name: measure for name, (measure, _) in versions.P_TEST.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two images of soft-edged blocks, one of them in a folder below."""
    folder = tmp_path_factory.mktemp("pristine")
    (folder / "below").mkdir()
    for index, name in enumerate(["b.png", "below/a.png"]):
        coarse = np.random.default_rng(index).integers(0, 256, (12, 14, 3), "uint8")
        Image.fromarray(coarse).resize((200, 184), Image.Resampling.BICUBIC).save(
            folder / name
        )
    (folder / "notes.txt").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def measured(folder):
    """Values of a scorer that knows the truth and of the two measures."""
    paths = versions.pristine_images(folder)
    oracle = {
        "oracle": lambda pristine, version: -float(np.std(pristine - 1.0 - version))
    }
    return versions.measured(paths, {**MEASURES, **oracle}, seed=3)


def test_images_are_sorted(folder):
    names = [path.name for path in versions.pristine_images(folder)]
    assert names == ["b.png", "a.png"]


def test_versions_are_those_of_the_bank_in_8_bits(folder):
    pristine = np.asarray(Image.open(versions.pristine_images(folder)[0]))
    for name in ("jpeg", "white_noise"):
        version = versions.distorted(pristine, name, 4, seed=7)
        exact = distort(pristine[None], name, 4, (7, 0), stretch=False, bank=WATERLOO)
        assert version.dtype == np.uint8
        assert np.abs(version - exact.numpy()[0]).max() <= 0.5
    others = versions.distorted(pristine, "white_noise", 4, seed=8)
    assert np.any(others != version)


def test_every_version_is_measured_and_severity_shows(measured):
    assert set(measured) == {"MS-SSIM", "GMSD", "VIF", "oracle"}
    for name, values in measured.items():
        assert values.pristine.shape == (2,)
        assert values.distorted.shape == (2, 4, 5)
        sign = -1 if name == "GMSD" else 1
        # Severe versions are worse than faint ones, pristine ones best.
        assert np.all(sign * (values.distorted[..., 0] - values.distorted[..., 4]) > 0)
        assert np.all(
            sign * (values.pristine[:, None, None] - values.distorted) > -1e-6
        )
    assert measured["MS-SSIM"].pristine == pytest.approx(1, abs=1e-6)
    assert measured["GMSD"].pristine == pytest.approx(0)


def test_who_knows_the_truth_passes_all_tests(measured):
    full_reference = {name: measured[name] for name in MEASURES}
    d, lists, p = all_tests(measured["oracle"], full_reference)
    assert d.value == 1
    assert lists.value > 0.95
    assert set(lists.by_type) == set(WATERLOO)
    assert p.value > 0.9
    assert p.scored == 42
    reversed_oracle = versions.VersionScores(
        -measured["oracle"].pristine, -measured["oracle"].distorted
    )
    worse = all_tests(reversed_oracle, full_reference)
    assert worse[1].value == pytest.approx(-lists.value)
    assert worse[2].value == pytest.approx(1 - p.value)


def test_scorers_do_not_see_the_pristine_picture():
    measure = versions.of_scorer(lambda picture: float(picture.mean()))
    assert measure(np.zeros((2, 2, 3)), np.ones((2, 2, 3))) == 1


def test_bad_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="folder="):
        versions.pristine_images(tmp_path)
    Image.new("RGB", (200, 100)).save(tmp_path / "low.png")
    with pytest.raises(ValueError, match=r"low.png of 200 x 100"):
        versions.measured(versions.pristine_images(tmp_path), MEASURES)


def test_vif_is_a_share_of_what_a_copy_preserves():
    pristine = textured(1, 64, 64) // 2 + 64
    preserved, perfect = versions.P_TEST["VIF"]
    assert preserved(pristine, pristine) == pytest.approx(perfect)
    more = np.clip((pristine - 128.0) * 1.3 + 128, 0, 255).astype("uint8")
    assert vif(pristine, more) > 1
    assert preserved(pristine, more) == 1
    noisy = versions.distorted(pristine, "white_noise", 3)
    assert preserved(pristine, noisy) == vif(pristine, noisy) < 0.9
    flat = np.full_like(pristine, 80)
    assert preserved(flat, flat) == 1
    assert preserved(flat, noisy) == 0
