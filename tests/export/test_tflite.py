"""Tests of the LiteRT export."""

import json
import subprocess
import venv

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.toy_scorer import METADATA
from tests.toy_scorer import picture
from tests.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import tflite

SIZES = [(1, 40, 56), (3, 40, 56), (2, 5, 9), (1, 130, 61), (1, 1, 1)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module", params=["float32", "float16"])
def exported(request, scorer, tmp_path_factory):
    file = tmp_path_factory.mktemp("exported") / f"{request.param}.tflite"
    tflite.export(scorer, file, precision=request.param)
    return file


@pytest.mark.parametrize("size", SIZES)
def test_scores_as_the_scorer_at_any_size_and_batch(scorer, exported, size):
    pixels = np.stack([picture(seed, *size[1:]) for seed in range(size[0])])
    expected = scorer(pixels.astype("float32"))

    mos = tflite.runner(exported)(pixels.astype("float32") / 255)

    tolerance = {"float32": 1e-3, "float16": 0.1}[exported.stem]
    np.testing.assert_allclose(mos, expected, atol=tolerance, rtol=0)


def test_flat_pictures_are_nan(exported):
    pixels = np.full((2, 20, 20, 3), 90, "float32")
    pixels[0, 3, 4] += 1
    pixels[1, 3, 4] += 2
    mos = tflite.runner(exported)(pixels / np.float32(255))
    assert np.isnan(mos[:, 0]).tolist() == [True, False]


def test_metadata_lies_beside(exported):
    beside = json.loads(exported.with_suffix(".json").read_text())
    assert beside == {**METADATA, "precision": exported.stem}


def test_float16_stores_half_the_bytes():
    images = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(64, 7)(images)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(64, 7)(x))
    features = keras.layers.Activation("linear", name="features")(x)
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    whole = len(tflite.converted(scorer))
    half = len(tflite.converted(scorer, precision="float16"))
    assert 0.45 < half / whole < 0.55


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (lambda x: tf.image.resize(x, (8, 8), antialias=True), "ScaleAndTranslate"),
        (lambda x: tf.image.adjust_contrast(x, 2.0), "AdjustContrastv2"),
    ],
)
def test_operations_that_litert_lacks_are_named(tmp_path, operation, name):
    class Foreign(keras.layers.Layer):
        def call(self, images):
            return operation(images)

    images = keras.Input((None, None, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(Foreign()(images))
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    with pytest.raises(ValueError, match=rf"Received: (Flex)?{name}$"):
        tflite.export(scorer, tmp_path / "a.tflite")
    assert not list(tmp_path.iterdir())


def test_other_suffixes_and_precisions_are_refused(scorer, tmp_path):
    with pytest.raises(ValueError, match=r"`\.tflite` file"):
        tflite.export(scorer, tmp_path / "a.lite")
    with pytest.raises(ValueError, match="precision='int4'"):
        tflite.export(scorer, tmp_path / "a.tflite", precision="int4")


@pytest.mark.slow
def test_runs_where_there_is_litert_alone(scorer, exported, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "ai-edge-litert", "numpy"]
    subprocess.run(install, check=True)
    code = (
        "import importlib.util, numpy\n"
        "from ai_edge_litert.interpreter import Interpreter\n"
        "assert importlib.util.find_spec('tensorflow') is None\n"
        f"interpreter = Interpreter(model_path={str(exported)!r})\n"
        "run = interpreter.get_signature_runner('serving_default')\n"
        f"x = numpy.load({str(tmp_path / 'x.npy')!r})\n"
        "y = [run(images=x[:n])['mos'] for n in (1, 3, 8)]\n"
        f"numpy.save({str(tmp_path / 'y.npy')!r}, numpy.concatenate(y))\n"
    )
    pixels = np.stack([picture(seed) for seed in range(8)]).astype("float32")
    np.save(tmp_path / "x.npy", pixels / 255)

    subprocess.run([python, "-I", "-c", code], check=True, cwd=tmp_path)

    mos = np.asarray(scorer(pixels))
    expected = np.concatenate([mos[:1], mos[:3], mos])
    tolerance = {"float32": 1e-3, "float16": 0.1}[exported.stem]
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, atol=tolerance)
