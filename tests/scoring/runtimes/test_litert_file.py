"""Tests of what is refused instead of a `.tflite` file of a scorer."""

import json
import zipfile

import pytest

from tfiqa.scoring.runtimes.litert_runtime import LiteRTFile


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"kind": "encoder", "inputs": ["images"]}, r"encoder\.tflite, an encoder"),
        ({"method": "toy", "inputs": ["images", "references"]}, "with references"),
        ({"inputs": ["images"]}, "names no method"),
        ([], "names no method"),
    ],
)
def test_other_models_are_named(tmp_path, facts, message):
    file = tmp_path / "encoder.tflite"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps(facts))
    with pytest.raises(ValueError, match=message):
        LiteRTFile(file)
