"""Tests of the preset `photo_free`."""

import numpy as np
from keras import ops

import tfiqa
from tests.support.golden_files import image
from tfiqa.distortions.ladders import versions
from tfiqa.scoring import load_encoder
from tfiqa.scoring import metadata
from tfiqa.scoring.shipped import PRESETS
from tfiqa.synthetic import make_image

FILE = PRESETS / "photo_free.keras"


def test_its_file_is_small_and_has_a_card():
    size = FILE.stat().st_size
    assert size < 12_000_000
    assert f"{size / 1e6:.1f} MB" in FILE.with_suffix(".md").read_text()


def test_it_is_an_encoder_and_a_scorer_on_it():
    scorer, encoder = tfiqa.load_scorer("photo_free"), load_encoder("photo_free")
    assert metadata(scorer)["method"] == "contrique"
    weights = {np.asarray(array).tobytes() for array in scorer.get_weights()}
    assert {np.asarray(w).tobytes() for w in encoder.get_weights()} < weights
    pixels = ops.convert_to_tensor(np.float32(image())[None])
    features = ops.convert_to_numpy(encoder(pixels))
    kernel, bias = (np.asarray(w) for w in scorer.get_weights()[-2:])
    expected = np.float64(features) @ np.float64(kernel) + bias
    found = ops.convert_to_numpy(scorer(pixels))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_version_is_more_like_its_type_than_like_another():
    encoder = load_encoder("photo_free")
    scene = make_image("textured_leaves", 0, 128)
    types = [
        versions(scene, name, (0, 0), levels=(4, 5))
        for name in ("gaussian_blur", "white_noise", "jpeg")
    ]
    pixels = ops.convert_to_tensor(np.float32(np.concatenate(types)))
    rows = ops.convert_to_numpy(encoder(pixels))
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    similar = rows @ rows.T - 2 * np.eye(len(rows))
    assert similar.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]
