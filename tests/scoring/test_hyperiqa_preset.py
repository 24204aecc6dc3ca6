"""Tests of the preset `hyperiqa`."""

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.golden_files import image
from tfiqa import layers
from tfiqa.backbones import efficientnet_lite_weights
from tfiqa.backbones.efficientnet_lite import VARIANTS
from tfiqa.distortions.ladders import versions
from tfiqa.scoring import is_calibrated
from tfiqa.scoring import metadata
from tfiqa.scoring.quality_words import WORDS
from tfiqa.scoring.shipped import PRESETS
from tfiqa.synthetic import make_image

NAME = "efficientnet_lite0"
FILE = PRESETS / "hyperiqa.keras"


@pytest.fixture(scope="module")
def scorer():
    return tfiqa.load_scorer("hyperiqa")


def test_its_file_is_small_and_holds_no_weights_of_the_trunk():
    assert FILE.stat().st_size < 2_000_000
    head = keras.saving.load_model(FILE, compile=False)
    published = efficientnet_lite_weights.published_network(NAME).get_weights()
    kernels = {one.shape for one in published if one.ndim > 1}
    assert not kernels & {one.shape for one in head.get_weights()}
    assert head.layers[-1].sha256 == VARIANTS[NAME].sha256
    text = FILE.with_suffix(".md").read_text()
    assert VARIANTS[NAME].distribution in text
    assert f"{FILE.stat().st_size / 1e6:.1f} MB" in text


def test_it_is_a_hyper_network_on_crops(scorer):
    crops = scorer.layers[1]
    assert type(crops) is layers.PatchMean
    names = [layer.name for layer in crops.network.layers[2].layers]
    assert {"hyper_conv_3", "local_4", "target_1", "target_5"} <= set(names)
    assert metadata(scorer)["method"] == "hyperiqa"
    assert metadata(scorer)["mos_range"] == [0.0, 100.0]
    assert is_calibrated(scorer)


def test_a_row_has_a_score_its_interval_and_its_word(scorer, tmp_path):
    Image.fromarray(image()).save(tmp_path / "a.png")
    (row,) = tfiqa.score_files(tmp_path / "a.png", model=scorer, intervals=True)
    assert row.status == "ok"
    assert 0 <= row.low < row.score < row.high <= 100
    assert row.word in WORDS


@pytest.mark.parametrize("name", ["gaussian_blur", "jpeg"])
def test_severe_distortions_score_lower(scorer, name):
    scene = make_image("textured_leaves", 0, 256)
    pair = np.stack(list(versions(scene, name, (0, 0), levels=(1, 5))))
    faint, severe = keras.ops.convert_to_numpy(scorer(pair.astype("float32")))[:, 0]
    assert severe < faint
