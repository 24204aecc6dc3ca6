"""Tests of the examples: what they promise, on a scorer that likes fine detail."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from absl import app
from absl import flags
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.data.decode import decode
from tfiqa.export import conversion
from tfiqa.scoring.scorer import predictor

FOLDER = Path(__file__).parents[2] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def scene():
    """Noise of little contrast, blurred: there is something to sharpen."""
    levels = toy_image(1).astype(float)
    for axis in (0, 1):
        levels = (np.roll(levels, 1, axis) + 2 * levels + np.roll(levels, -1, axis)) / 4
    return levels.astype("uint8")


def test_sharpening_raises_the_score():
    sharpen, scorer = example("sharpen"), toy_scorer()
    sharpened, amounts, scores = sharpen.sharpen(scorer, scene(), steps=6)
    predict = predictor(scorer)
    assert scores[0] == pytest.approx(predict(scene()), rel=1e-4)
    assert predict(sharpened) > predict(scene()) + 1
    assert amounts[0] > 0  # Of the finest band.
    assert np.abs(sharpened.astype(float) - scene()).mean() > 1


def test_bands_of_detail_sum_to_the_picture():
    sharpen = example("sharpen")
    image = scene()[None].astype("float32")
    bands = sharpen.details(image)
    coarse = sharpen.blurred(image, sharpen.BANDS[-1])
    np.testing.assert_allclose(sum(bands) + coarse, image, atol=1e-3)
    flat = np.full((1, 20, 20, 3), 40.0, "float32")
    np.testing.assert_allclose(sharpen.blurred(flat, 2), flat, rtol=1e-5)


def test_smallest_jpeg_keeps_the_score_and_no_smaller_one_does():
    smallest_jpeg = example("smallest_jpeg")
    predict = predictor(toy_scorer())
    grey = np.repeat(scene()[..., :1], 3, axis=2)
    before = predict(grey)
    encoded, quality, score = smallest_jpeg.smallest(predict, grey, fall=1.0)
    assert predict(decode(encoded)) == score >= before - 1.0
    for other in range(1, 101, 7):
        file = smallest_jpeg.as_jpeg(grey, other)
        if len(file) < len(encoded):
            assert not predict(decode(file)) >= before - 1.0  # NaN where flat.
    more, lower, _ = smallest_jpeg.smallest(predict, grey, fall=10.0)
    assert len(more) < len(encoded)
    assert lower < quality


def test_flat_pictures_have_no_smallest_jpeg():
    smallest_jpeg = example("smallest_jpeg")
    flat = np.full((24, 24, 3), 99, "uint8")
    with pytest.raises(ValueError, match="fall=1"):
        smallest_jpeg.smallest(predictor(toy_scorer()), flat, fall=1)


@pytest.mark.parametrize(
    ("name", "target"), [("sharpen", "a.png"), ("smallest_jpeg", "a.jpg")]
)
def test_commands_write_a_picture(tmp_path, capsys, monkeypatch, name, target):
    toy_scorer().save(tmp_path / "scorer.keras")
    Image.fromarray(scene()).save(tmp_path / "in.png")
    values = {"model": str(tmp_path / "scorer.keras"), "steps": 2, "fall": 3.0}
    monkeypatch.setattr(flags, "FLAGS", type("Given", (), values))
    monkeypatch.setattr(sys, "argv", [])
    example(name).main([name, str(tmp_path / "in.png"), str(tmp_path / target)])
    assert "score" in capsys.readouterr().out
    assert decode((tmp_path / target).read_bytes()).shape == scene().shape


@pytest.mark.parametrize("name", ["sharpen", "smallest_jpeg"])
def test_wrong_usage_and_missing_files_are_told(tmp_path, monkeypatch, name):
    toy_scorer().save(tmp_path / "scorer.keras")
    values = {"model": str(tmp_path / "scorer.keras"), "steps": 2, "fall": 3.0}
    monkeypatch.setattr(flags, "FLAGS", type("Given", (), values))
    with pytest.raises(app.UsageError, match="Two images"):
        example(name).main([name])
    with pytest.raises(SystemExit, match=r"gone\.png"):
        example(name).main([name, str(tmp_path / "gone.png"), "a.png"])


def test_on_a_device_transparency_lies_over_white(tmp_path, capsys, monkeypatch):
    picture_with_holes = np.dstack([toy_image(2), toy_image(3)[..., :1]])
    Image.fromarray(picture_with_holes).save(tmp_path / "a.png")
    (tmp_path / "a.tflite").write_bytes(conversion.converted(toy_scorer()))
    paths = [str(tmp_path / name) for name in ("a.tflite", "a.png")]
    monkeypatch.setattr(sys, "argv", ["on_device.py", *paths])
    example("on_device")
    message = float(capsys.readouterr().out.rpartition(":")[2])
    expected = predictor(toy_scorer())(decode((tmp_path / "a.png").read_bytes()))
    assert message == pytest.approx(expected, abs=0.1)


def test_on_a_device_what_would_be_misread_is_refused(tmp_path, capsys, monkeypatch):
    grey = (np.arange(64 * 64) * 15).reshape(64, 64).astype(np.uint16)
    Image.fromarray(grey).save(tmp_path / "grey16.png")
    Image.fromarray(grey.astype("float32")).save(tmp_path / "float.tif")
    (tmp_path / "text.png").write_bytes(b"no image")
    Image.fromarray(toy_image(2)).save(tmp_path / "a.png")
    (tmp_path / "a.tflite").write_bytes(conversion.converted(toy_scorer()))
    names = ("a.tflite", "grey16.png", "float.tif", "text.png", "none.png", "a.png")
    paths = [str(tmp_path / name) for name in names]
    monkeypatch.setattr(sys, "argv", ["on_device.py", *paths])
    example("on_device")
    *refused, scored = capsys.readouterr().out.splitlines()
    assert len(refused) == 4
    assert all(": undecodable: " in line for line in refused)
    assert float(scored.rpartition(":")[2]) > 0
