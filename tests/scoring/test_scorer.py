"""Tests of loading and calling scorers."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.scoring.scorer import covered_share
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import on_integers
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import set_coverage
from tfiqa.scoring.serialization import load_scorer


def float_scorer():
    """A scorer whose first operations wrap around or fail on integers."""
    images = keras.Input((None, None, 3))
    contrast = ops.mean(ops.abs(100 - images), axis=(1, 2))
    edges = keras.layers.Conv2D(2, 3, padding="same")(images)
    edges = keras.layers.GlobalAveragePooling2D()(edges)
    features = keras.layers.Concatenate(name="features")([contrast, edges])
    quality = keras.layers.Dense(1)(features)
    return keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))


@pytest.mark.parametrize("make", [toy_scorer, float_scorer])
@pytest.mark.parametrize("size", [(40, 56), (16, 16), (5, 9), (300, 20)])
def test_predictor_agrees_with_the_scorer(make, size):
    scorer = make()
    pixels = toy_image(1, *size)

    score = predictor(scorer)(pixels)

    expected = ops.convert_to_numpy(scorer(pixels[None].astype("float32")))
    assert score == pytest.approx(expected[0, 0], rel=1e-6)


def test_predictor_gives_nan_for_flat_pictures():
    flat = np.full((20, 30, 3), 77, "uint8")
    flat[3, 4] = 78
    assert np.isnan(predictor(toy_scorer())(flat))


def test_predictor_follows_the_weights_it_shares():
    scorer = toy_scorer()
    predict = predictor(scorer)
    before = predict(toy_image(1))
    head = scorer.get_layer("quality")

    head.set_weights([2 * weight for weight in head.get_weights()])

    assert predict(toy_image(1)) == pytest.approx(2 * before)


def test_pictures_stay_integers_until_the_crops_are_cut():
    class Seen(layers.PatchMean):
        def call(self, images):
            dtypes.append(keras.backend.standardize_dtype(images.dtype))
            return super().call(images)

    dtypes = []
    images = keras.Input((None, None, 3))
    crop = keras.Input((8, 8, 3))
    network = keras.Model(crop, keras.layers.GlobalAveragePooling2D()(crop))
    quality = keras.layers.Dense(1)(Seen(network, 8)(images))
    model = on_integers(keras.Model(images, layers.MOS()(quality, images)))
    dtypes.clear()

    model(toy_image(1)[None])

    assert dtypes == ["uint8"]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="tf.function")
def test_predictor_is_traced_once_for_all_sizes():
    class Counting(layers.PatchMean):
        def call(self, images):
            calls.append(1)
            return super().call(images)

    calls = []
    images = keras.Input((None, None, 3))
    crop = keras.Input((8, 8, 3))
    network = keras.Model(crop, keras.layers.GlobalAveragePooling2D()(crop))
    quality = keras.layers.Dense(1)(Counting(network, 8)(images))
    predict = predictor(keras.Model(images, layers.MOS()(quality, images)))
    predict(toy_image(0))
    calls.clear()

    for seed, size in enumerate([(9, 9), (30, 7), (100, 101)]):
        predict(toy_image(seed, *size))

    assert not calls


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((9, 9, 3), "float32"),
        np.zeros((1, 9, 9, 3), "uint8"),
        np.zeros((9, 9, 4), "uint8"),
    ],
)
def test_predictor_refuses_what_is_no_picture(pixels):
    with pytest.raises(ValueError, match=r"uint8 and shape `\(height, width, 3\)`"):
        predictor(toy_scorer())(pixels)


def test_survives_saving(tmp_path):
    scorer = toy_scorer()
    scorer.save(tmp_path / "a.keras")

    loaded = load_scorer(tmp_path / "a.keras")

    assert metadata(loaded) == METADATA
    assert predictor(loaded)(toy_image(3)) == predictor(scorer)(toy_image(3))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"name_or_path=.*none\.keras"):
        load_scorer(tmp_path / "none.keras")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.keras").write_text("no zip file")
    with pytest.raises(ValueError, match=r"`\.keras` file.*Received.*a\.keras"):
        load_scorer(tmp_path / "a.keras")


def test_other_models_are_refused(tmp_path):
    images = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D(name="last")(images)
    keras.Model(images, pooled, name="other").save(tmp_path / "a.keras")
    with pytest.raises(ValueError, match="'other', which ends in 'last'"):
        load_scorer(tmp_path / "a.keras")


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="starts JAX itself")
def test_runs_on_jax():
    code = (
        "from tests.support.toy_scorer import *;"
        "from tfiqa.scoring.scorer import predictor;"
        "import keras; assert keras.backend.backend() == 'jax';"
        "print(predictor(toy_scorer())(toy_image(3)))"
    )
    command = [sys.executable, "-c", code]
    environment = {"KERAS_BACKEND": "jax", "PATH": "", "PYTHONPATH": ":".join(sys.path)}

    done = subprocess.run(command, env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    # The seeded initializers of the two backends differ.
    assert 0 < float(done.stdout) < 100


def test_coverage_can_be_chosen_and_is_told():
    scorer = toy_scorer(16)
    pixels = toy_image(1, 200, 300)
    seen = covered_share(scorer, 200, 300)
    assert seen == pytest.approx((5 * 16) ** 2 / (200 * 300))
    by_grid = predictor(scorer)(pixels)
    set_coverage(scorer, "full")
    assert covered_share(scorer, 200, 300) == 1.0
    assert predictor(scorer)(pixels) != by_grid
    with pytest.raises(ValueError, match="coverage"):
        set_coverage(scorer, "most")
    with pytest.raises(ValueError, match="entire images"):
        set_coverage(float_scorer(), "full")
    assert covered_share(float_scorer(), 9, 9) == 1.0
