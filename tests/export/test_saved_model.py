"""Tests of the SavedModel export."""

import json
import subprocess
import sys
import venv

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.toy_scorer import METADATA
from tests.toy_scorer import picture
from tests.toy_scorer import toy_scorer
from tfiqa.export import saved_model

SIZES = [(1, 40, 56), (3, 40, 56), (2, 5, 9), (1, 130, 61), (1, 1, 1)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer(mos_range=[-20.0, 60.0])


@pytest.fixture(scope="module")
def exported(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    saved_model.export(scorer, folder)
    return folder


@pytest.mark.parametrize("size", SIZES)
def test_serves_the_scores_of_the_scorer(scorer, exported, size):
    pixels = np.stack([picture(seed, *size[1:]) for seed in range(size[0])])
    loaded = tf.saved_model.load(exported)  # Owns the variables: keep it alive.

    expected = scorer(pixels.astype("float32"))

    images = pixels.astype("float32") / 255
    np.testing.assert_allclose(loaded(images), expected, rtol=1e-5)
    for name in ("serving_default", "images"):
        outputs = loaded.signatures[name](images=tf.constant(images))
        assert set(outputs) == {"mos", "score", "features"}
        np.testing.assert_allclose(outputs["mos"], expected, rtol=1e-5)
        score = 100 * (np.asarray(expected) + 20) / 80
        np.testing.assert_allclose(outputs["score"], score, rtol=1e-5)
        assert outputs["features"].shape == (size[0], 4)


@pytest.mark.parametrize(("low", "flat"), [(0, True), (100, True), (254, True)])
def test_flat_pictures_are_nan_on_both_sides_of_the_limit(exported, low, flat):
    pixels = np.full((2, 20, 20, 3), low, "float32")
    pixels[0, 3, 4] += 1
    pixels[1, 3, 4] += -2 if low > 100 else 2
    loaded = tf.saved_model.load(exported)
    mos = np.asarray(loaded(pixels / np.float32(255)))[:, 0]
    assert np.isnan(mos).tolist() == [flat, False]


def test_features_are_those_of_the_scorer(scorer, exported):
    pixels = picture(2)[None].astype("float32")
    loaded = tf.saved_model.load(exported)
    serve = loaded.signatures["serving_default"]
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    np.testing.assert_allclose(
        serve(images=tf.constant(pixels / 255))["features"], features(pixels), rtol=1e-4
    )


def test_metadata_is_an_asset(exported):
    loaded = tf.saved_model.load(exported)
    path = loaded.metadata.asset_path.numpy().decode()
    with open(path) as file:
        assert json.load(file) == {**METADATA, "mos_range": [-20.0, 60.0]}
    assert (exported / "assets" / "metadata.json").is_file()


def test_a_scorer_of_mixed_precision_is_refused(tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        scorer = toy_scorer()
    finally:
        keras.config.set_dtype_policy(before)
    with pytest.raises(ValueError, match="one of mixed precision"):
        saved_model.export(scorer, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_other_backends_are_refused(scorer, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
        saved_model.write(scorer, tmp_path / "model")


def test_from_the_command_line(scorer, tmp_path):
    scorer.save(tmp_path / "a.keras")
    command = [sys.executable, "-m", "tfiqa.export.saved_model"]
    command += [str(tmp_path / "a.keras"), str(tmp_path / "model")]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert "differ by at most" in done.stdout
    assert tf.saved_model.contains_saved_model(tmp_path / "model")
    with pytest.raises(FileExistsError, match="`--overwrite`"):
        saved_model.export(scorer, tmp_path / "model")


@pytest.mark.slow
def test_runs_where_there_is_tensorflow_alone(scorer, exported, tmp_path):
    python = environment(tmp_path / "venv", f"tensorflow=={tf.__version__}")
    pixels = np.stack([picture(seed) for seed in range(3)]).astype("float32")
    np.save(tmp_path / "x.npy", pixels / 255)
    code = (
        "import importlib.util, sys, numpy, tensorflow as tf;"
        "assert importlib.util.find_spec('tfiqa') is None;"
        f"model = tf.saved_model.load({str(exported)!r});"
        f"mos = model(numpy.load({str(tmp_path / 'x.npy')!r})).numpy();"
        f"numpy.save({str(tmp_path / 'y.npy')!r}, mos)"
    )

    subprocess.run([python, "-I", "-c", code], check=True, cwd=tmp_path)

    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), scorer(pixels), rtol=1e-5)


def environment(folder, *packages):
    """Makes an environment that holds these packages alone; returns its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    return python
