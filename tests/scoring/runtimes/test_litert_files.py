"""Rows of exported `.tflite` files are those of the scorer."""

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.scoring import calibrated
from tfiqa.scoring import predictor
from tfiqa.scoring.request import ArgumentError

if keras.backend.backend() != "tensorflow":
    pytest.skip("exports need TensorFlow", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scorer with gaps between its crops, its export, and images of each status."""
    from tfiqa.export import tflite

    folder = tmp_path_factory.mktemp("litert")
    toy = toy_scorer()
    predict = predictor(toy)
    scores = np.array([predict(toy_image(seed)) for seed in range(60)])
    noise = np.random.default_rng(0).normal(0, 3, 60)
    scorer = calibrated(toy, scores, scores + noise, mos_range=(0, 100), dataset="x")
    scorer.save(folder / "toy.keras")
    images = [toy_image(seed) for seed in range(4)]
    tflite.export(scorer, folder / "toy.tflite", images=images)
    (folder / "images").mkdir()
    for name, image in {
        "a": toy_image(3),
        "b": toy_image(5, 300, 200),
        "c": np.full((40, 40, 3), 8, "uint8"),
        "d": toy_image(2, 3, 90),
    }.items():
        Image.fromarray(image).save(folder / "images" / f"{name}.png")
    return folder


def test_rows_are_those_of_the_scorer(folder):
    rows, others = (
        list(tfiqa.score_files(folder / "images", folder / name, intervals=True))
        for name in ("toy.tflite", "toy.keras")
    )
    assert [row.status for row in rows] == ["ok", "ok", "flat", "too_small"]
    assert rows[1].covered < 1
    for row, other in zip(rows, others, strict=True):
        assert (row.runtime, other.runtime) == ("litert", "keras")
        for field in ("path", "status", "width", "height", "covered", "word", "reason"):
            assert getattr(row, field) == getattr(other, field)
        for field in ("score", "low", "high"):
            one, two = getattr(row, field), getattr(other, field)
            assert one == (two if two is None else pytest.approx(two, abs=1e-3))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.tflite").write_bytes(b"no model")
    with pytest.raises(ArgumentError, match=r"that `tfiqa.export.tflite` wrote") as one:
        tfiqa.score_files("a.png", tmp_path / "a.tflite")
    assert one.value.argument == "model"
    with pytest.raises(ArgumentError, match="is expected"):
        tfiqa.score_files("a.png", tmp_path / "missing.tflite")
