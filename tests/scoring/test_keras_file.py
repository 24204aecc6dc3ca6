"""Tests of loading files, as scorers and encoders are loaded."""

import zipfile

import keras
import pytest

from tests.support.toy_scorer import toy_scorer
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import load_scorer

both = pytest.mark.parametrize(
    ("load", "what"), [(load_scorer, "A scorer"), (load_encoder, "An encoder")]
)


@both
def test_archives_without_a_model_are_told(tmp_path, load, what):
    path = tmp_path / "empty.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no model")
    with pytest.raises(ValueError, match=rf"{what} that Keras can.*empty.*KeyError"):
        load(path)


@both
def test_damaged_files_are_told(tmp_path, load, what):
    path = tmp_path / "cut.keras"
    toy_scorer().save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"{what} in a `\.keras` file.*cut\.keras"):
        load(path)


@both
def test_layers_that_are_missing_are_told(tmp_path, load, what):
    path, changed = tmp_path / "known.keras", tmp_path / "strange.keras"
    toy_scorer().save(path)
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(b"AveragePooling", b"Unknown"))
    with pytest.raises(ValueError, match=rf"{what} that.*GlobalUnknown2D"):
        load(changed)


@both
def test_what_is_no_model_is_told(tmp_path, load, what):
    path = tmp_path / "layer.keras"
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    keras.saving.save_model(layer, path)
    with pytest.raises(ValueError, match=rf"{what}, a functional model.*Dense"):
        load(path)
