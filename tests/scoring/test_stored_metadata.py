"""Tests of metadata that are changed in the file of a scorer."""

import shutil
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.score import score
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import stored_metadata
from tfiqa.scoring.runtimes.choice import opened
from tfiqa.scoring.runtimes.numpy_runtime import NumpyRuntime
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model
from tfiqa.scoring.shipped import PRESETS

VALUE = {"bad": ["noise"], "values": {"noise": 3.5}}


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def test_one_key_changes_and_the_weights_stay(tmp_path):
    path = save_model(toy_scorer(), tmp_path / "s.keras")
    before, expected = members(path), load_scorer(path)
    stored_metadata.set_metadata(path, "certificate", VALUE)
    after, scorer = members(path), load_scorer(path)
    assert {name for name in before if before[name] != after[name]} == {"config.json"}
    assert list(after) == list(before)
    assert metadata(scorer) == {**metadata(expected), "certificate": VALUE}
    images = toy_image(4)[None].astype("float32")
    np.testing.assert_array_equal(scorer(images), expected(images))


def test_a_light_file_stays_with_its_scorer(tmp_path):
    for name in ("niqe.keras", "niqe.light"):
        shutil.copy(PRESETS / name, tmp_path)
    path, image = tmp_path / "niqe.keras", toy_image(3, 200, 208)
    expected = NumpyRuntime(PRESETS / "niqe.keras").predict(image)
    stored_metadata.set_metadata(path, "certificate", VALUE)
    runtime = NumpyRuntime(path)
    assert runtime.metadata["certificate"] == VALUE
    assert runtime.predict(image) == expected


def test_the_head_of_a_packaged_trunk_has_metadata_too(tmp_path):
    for name in ("photo.keras", "photo.light"):
        shutil.copy(PRESETS / name, tmp_path)
    stored_metadata.set_metadata(tmp_path / "photo.keras", "certificate", VALUE)
    runtime = opened(tmp_path / "photo.keras")
    assert runtime.metadata["certificate"] == VALUE


def test_a_file_that_is_no_scorer_is_refused_and_stays(tmp_path):
    path = tmp_path / "e.keras"
    shutil.copy("tests/golden/tiny_resnet18_encoder.keras", path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"last layer has metadata.*e\.keras"):
        stored_metadata.set_metadata(path, "certificate", VALUE)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["e.keras"]


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [(VALUE, "noise"), ({"bad": []}, None), ({}, None), ("forged", None), ([1], None)],
)
def test_bad_marks_make_a_line(certificate, expected, tmp_path):
    path = save_model(toy_scorer(certificate=certificate), tmp_path / "s.keras")
    line = expected and f"{path}: bad marks in its certificate: {expected}"
    assert stored_metadata.bad_marks_line(path) == line
    assert stored_metadata.read_metadata(path)["certificate"] == certificate


def test_other_models_have_no_line(tmp_path):
    (tmp_path / "x.tflite").write_bytes(b"TFL3")
    (tmp_path / "x.keras").write_bytes(b"PK")
    for model in (tmp_path / "x.tflite", tmp_path / "x.keras", "absent", toy_scorer()):
        assert stored_metadata.bad_marks_line(model) is None
    with pytest.raises(ValueError, match="file of a scorer is expected"):
        stored_metadata.read_metadata(tmp_path / "x.keras")


def test_the_command_names_bad_marks_in_one_line(tmp_path, capsys):
    path = save_model(toy_scorer(certificate=VALUE), tmp_path / "s.keras")
    Image.fromarray(toy_image(1)).save(tmp_path / "a.png")
    request = ScoringRequest([str(tmp_path / "a.png")], path)
    assert score(request) == 0
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == f"{path}: bad marks in its certificate: noise"
    assert last == "1 of 1 images scored by keras"
