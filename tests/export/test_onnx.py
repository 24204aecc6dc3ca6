"""Tests of the ONNX export; they run where its packages are installed."""

import json

import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import onnx as exporter
from tfiqa.export import onnx_file

PICTURES = [toy_image(seed) for seed in (0, 4, 9)]


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`\.onnx` file"):
        exporter.export(toy_scorer(), tmp_path / "a.on", images=PICTURES)


def test_missing_packages_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_file, "_PACKAGES", ("onnx_that_is_not_there",))
    with pytest.raises(ImportError, match=r"tfiqa\[onnx\]"):
        exporter.export(toy_scorer(), tmp_path / "a.onnx", images=PICTURES)


def test_models_that_the_runtime_refuses_are_told(tmp_path, monkeypatch):
    class InvalidGraph(Exception):
        pass

    class Runtime:
        @staticmethod
        def InferenceSession(file):
            raise InvalidGraph("bad node")

    monkeypatch.setattr(onnx_file.importlib, "import_module", lambda name: Runtime)
    with pytest.raises(RuntimeError, match="refuses the model: bad node"):
        onnx_file.runner(tmp_path / "a.onnx")


@pytest.mark.parametrize("coverage", ["grid", "full"])
def test_scores_as_the_scorer(tmp_path, coverage):
    for name in onnx_file._PACKAGES:
        pytest.importorskip(name)
    scorer, file = toy_scorer(coverage=coverage), tmp_path / "a.onnx"
    pictures = [*PICTURES, toy_image(1, 9, 31), np.full((20, 20, 3), 7, "uint8")]
    result = exporter.export(scorer, file, images=pictures)
    assert result.largest < 1e-3
    run = onnx_file.runner(file)
    pixels = np.stack(PICTURES).astype("float32")
    np.testing.assert_allclose(run(pixels / 255), scorer(pixels), atol=1e-3)
    beside = json.loads((tmp_path / "a.onnx.json").read_text())
    assert beside.items() >= METADATA.items()
    import onnx

    (message,) = (p for p in onnx.load(file).metadata_props if p.key == "tfiqa")
    assert json.loads(message.value) == beside
