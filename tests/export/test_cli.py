"""Tests of what the commands of the exports share."""

import json
import re

import keras
import numpy as np
import pytest
from absl import flags

from tests.support import forked
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import cli
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.parity import Bar
from tfiqa.export.parity import Disagreement
from tfiqa.export.parity import Parity

FOUND = Parity(3, 2, 50.0, 1e-5, 1.0, 1.0, 0.0, 2.0, 3.0, 1.5, Bar(largest=1e-3), ())


@pytest.fixture
def given():
    """The flags of every export, parsed from nothing and then removed."""
    before = set(flags.FLAGS)
    cli.define_flags()
    flags.FLAGS(["command"])
    yield flags.FLAGS
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def run(source, target, export):
    request = cli.request_of(["command", str(source), str(target)], "SCORER and FILE")
    return cli.run(request, export)


@pytest.mark.usefixtures("given")
def test_tells_what_was_found(tmp_path, capsys):
    asked = {}

    def export(scorer, target, **options):
        asked.update(options, scorer=scorer, target=target)
        return FOUND

    assert run(tmp_path / "a.keras", tmp_path / "out", export) == 0
    assert asked == {
        "scorer": str(tmp_path / "a.keras"),
        "target": str(tmp_path / "out"),
        "images": None,
        "overwrite": False,
        "allow_disagreement": False,
    }
    message = capsys.readouterr().out
    assert "largest difference  1.0e-05 (bound: 0.001)" in message
    assert "1.5" in message


@pytest.mark.usefixtures("given")
def test_disagreement_is_an_error(tmp_path, capsys):
    def export(scorer, target, **options):
        raise Disagreement("They differ.")

    assert run(tmp_path / "a.keras", tmp_path / "out", export) == 1
    message = capsys.readouterr().err
    assert "Not exported. They differ." in message
    assert "--allow_disagreement" in message


def no_scorer(folder):
    images = keras.Input((None, None, 3))
    maps = keras.layers.Conv2D(2, 3)(images)
    keras.Model(images, maps).save(folder / "a.keras")
    return r"An encoder from .* to `\(batch, d\)` is expected"


def missing_layer(folder):
    class Gone(keras.layers.Layer):
        def call(self, inputs):
            return inputs * 2

    images = keras.Input((None, None, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(Gone()(images))
    mos = layers.MOS(metadata=METADATA)(keras.layers.Dense(1)(features), images)
    keras.Model(images, mos).save(folder / "a.keras")
    return "of layers of this version of `tfiqa`.*Gone"


def no_keras_file(folder):
    (folder / "a.keras").write_text("junk")
    return "A scorer or an encoder in a `.keras` file"


def no_file(folder):
    return "The file of a scorer"


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize("make", [no_scorer, missing_layer, no_keras_file, no_file])
def test_what_is_no_scorer_is_told(tmp_path, capsys, make):
    expected = make(tmp_path)
    assert run(tmp_path / "a.keras", tmp_path / "out", saved_model.export) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert re.search(expected, message), message


def command(*arguments):
    return forked.run("-m", *arguments)


def test_litert_from_the_command_line(tmp_path):
    toy_scorer().save(tmp_path / "a.keras")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in (0, 3, 9):
        keras.utils.save_img(folder / f"{seed}.png", toy_image(seed), scale=False)
    call = ["tfiqa.export.tflite", tmp_path / "a.keras", tmp_path / "a.tflite"]
    call += [f"--images={folder}", "--precision=float16", "--height=24", "--width=32"]

    done = command(*call)

    assert done.returncode == 0, done.stderr
    assert "Pearson" in done.stdout
    beside = json.loads((tmp_path / "a.tflite.json").read_text())
    assert beside["size"] == [24, 32]
    assert beside["precision"] == "float16"
    again = command(*call)
    assert again.returncode == 1
    assert "`--overwrite`" in again.stderr


@pytest.mark.slow
def test_saved_model_from_the_command_line(tmp_path):
    import tensorflow as tf

    toy_scorer().save(tmp_path / "a.keras")
    call = ["tfiqa.export.saved_model", tmp_path / "a.keras", tmp_path / "model"]
    done = command(*call)
    assert done.returncode == 0, done.stderr
    assert "65 of" in done.stdout
    loaded = tf.saved_model.load(tmp_path / "model")
    assert np.isfinite(loaded(toy_image(0)[None].astype("float32") / 255))
    assert command(*call, "--overwrite").returncode == 0
    assert command(*call[:-1]).returncode == 2
    assert command(*call, "--imagse=a").returncode == 2


def test_exports_from_python_take_files_and_folders(tmp_path):
    toy_scorer().save(tmp_path / "a.keras")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in (0, 3, 9):
        keras.utils.save_img(folder / f"{seed}.png", toy_image(seed), scale=False)

    result = tflite.export(
        tmp_path / "a.keras", tmp_path / "a.tflite", images=folder, size=(24, 32)
    )

    assert result.passed
    assert result.pictures == 65  # Three are few: generated ones, and a flat one.
    beside = json.loads((tmp_path / "a.tflite.json").read_text())
    assert beside["source"] == "a.keras"
    assert beside["size"] == [24, 32]
