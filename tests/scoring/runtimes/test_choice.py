"""Which runtime scores with a model."""

from pathlib import Path

import pytest

import tfiqa
from tests.support.toy_scorer import toy_scorer
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring.identity import settings_of
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.runtimes.choice import chosen


def test_auto_takes_what_starts_soonest(tmp_path):
    assert chosen("photo") == "litert"
    assert chosen("niqe") == "numpy"
    assert chosen("ilniqe") == "keras"
    assert chosen(tmp_path / "x.keras") == "keras"
    assert chosen("x.tflite") == "litert"
    assert chosen(toy_scorer()) == "keras"


def test_maps_references_and_crops_need_keras(tmp_path):
    assert chosen("niqe", keras_model=True) == "keras"
    with pytest.raises(ValueError, match="keras is expected"):
        chosen("niqe", "numpy", keras_model=True)
    with pytest.raises(ArgumentError, match="A scorer in Keras is expected") as error:
        tfiqa.score_files("a.png", "x.tflite", coverage="full")
    assert error.value.argument == "model"


def test_a_file_named_as_a_preset_is_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("photo").touch()
    assert chosen("photo") == "keras"


@pytest.mark.parametrize(
    ("model", "runtime"),
    [
        ("photo", "numpy"),
        ("niqe", "litert"),
        ("ilniqe", "numpy"),
        ("x.tflite", "keras"),
    ],
)
def test_a_runtime_that_does_not_run_a_model_is_an_error(model, runtime):
    assert chosen("photo", "keras") == "keras"
    with pytest.raises(ArgumentError, match=f"Received: '{runtime}'") as error:
        tfiqa.score_files("a.png", model, runtime=runtime)
    assert error.value.argument == "runtime"


def test_an_unknown_runtime_is_an_error():
    with pytest.raises(ArgumentError, match="auto, keras, litert, numpy"):
        tfiqa.score_files("a.png", runtime="onnx")


def test_rows_of_another_runtime_are_of_another_scoring():
    keras = settings_of(ScoringRequest("a.png", "photo", runtime="keras"))
    assert "runtime" not in keras  # As in files of before there were runtimes.
    light = settings_of(ScoringRequest("a.png", "photo"))
    assert light == {**keras, "runtime": "litert"}
