"""The presets that run without Keras say what the Keras scorers say."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfiqa
from tfiqa.layers.precision import double
from tfiqa.scoring import calibration
from tfiqa.scoring import predictor
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes.choice import opened
from tfiqa.scoring.shipped import PRESETS
from tfiqa.synthetic import make_image

ROOT = Path(__file__).parents[3]
LIGHT = {"niqe": "numpy", "brisque": "numpy", "piqe": "numpy", "photo": "litert"}
# Largest difference of scores. `photo` is on a scale of 0 to 100: two libraries of
# convolutions add in another order. The others have the same digits in double
# precision, and are rounded to single precision, on scales of 0 to 1 and of 0 to 100.
TOLERANCE = {"niqe": 1e-6, "brisque": 1e-7, "piqe": 1e-5, "photo": 1e-3}
# Height and width: of one block, odd, narrow, and more than one tile of 1024 pixels.
SIZES = ((96, 96), (211, 175), (97, 300), (1100, 128))


@functools.cache
def loaded(name):
    if LIGHT[name] == "numpy" and double() != "float64":
        pytest.skip(f"{name} computes in double precision")
    return tfiqa.load_scorer(name)


@functools.cache
def image(seed, height, width):
    kind = ("dead_leaves", "textured_leaves")[seed % 2]
    whole = np.array(make_image(kind, seed, max(height, width)))
    whole[: height // 3, : width // 2] = 120  # Flat: there NIQE has exact zeros.
    return np.ascontiguousarray(whole[:height, :width])


@pytest.mark.parametrize("name", LIGHT)
def test_scores_are_those_of_keras(name):
    runtime, predict = opened(name), predictor(loaded(name))
    assert runtime.name == LIGHT[name]
    for seed, size in enumerate(SIZES):
        expected = predict(image(seed, *size))
        assert runtime.predict(image(seed, *size)) == pytest.approx(
            expected, abs=TOLERANCE[name], rel=0
        )


@pytest.mark.parametrize("name", LIGHT)
def test_flat_images_have_no_score(name):
    flat = np.full((100, 100, 3), 7, "uint8")
    flat[::2] += 1  # One level counts as flat.
    assert np.isnan(opened(name).predict(flat))
    flat[0, 0, 1] = 9
    assert not np.isnan(opened(name).predict(flat)) or name == "niqe"


@pytest.mark.parametrize("name", LIGHT)
def test_what_is_known_of_a_preset_is_the_same(name):
    runtime, scorer = opened(name), loaded(name)
    assert runtime.metadata == scorer.layers[-1].metadata
    assert runtime.is_calibrated == calibration.is_calibrated(scorer)
    assert runtime.covered_share(500, 900) == 1.0
    if runtime.is_calibrated:
        scores = np.array([0.0, 31.4, 60.0, 77.7, 100.0, np.nan])
        for one, other in zip(
            runtime.interval(scores),
            calibration.interval(scorer, scores),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)
    else:
        with pytest.raises(ValueError, match="A calibrated scorer is expected"):
            runtime.interval([])


@pytest.mark.parametrize("name", LIGHT)
def test_rows_are_the_same_but_for_the_runtime(name, tmp_path):
    loaded(name)
    for index, content in enumerate(
        (image(0, 120, 99), image(1, 7, 200), np.full((200, 200, 3), 9, "uint8"))
    ):
        Image.fromarray(content).save(tmp_path / f"{index}.png")
    (tmp_path / "3.jpg").write_bytes(b"\xff\xd8\xff and no image")
    options = {"intervals": name == "photo"}
    rows, others = (
        list(tfiqa.score_files(tmp_path, name, runtime=runtime, **options))
        for runtime in ("auto", "keras")
    )
    statuses = ["ok", "too_small", "flat", "undecodable"]
    assert [row.status for row in rows] == statuses
    for row, other in zip(rows, others, strict=True):
        assert (row.runtime, other.runtime) == (LIGHT[name], "keras")
        for field in ("path", "status", "width", "height", "covered", "word", "notes"):
            assert getattr(row, field) == getattr(other, field)
        for field in ("score", "low", "high"):
            one, two = getattr(row, field), getattr(other, field)
            assert one == (two if two is None else pytest.approx(two, abs=1e-3))
        assert row.reason == other.reason


@pytest.mark.parametrize("name", LIGHT)
def test_scoring_imports_no_keras(name, tmp_path):
    Image.fromarray(image(0, 120, 99)).save(tmp_path / "a.png")
    done = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "tfiqa.score"),
            *("--model", name, "--output", tmp_path / "a.jsonl", tmp_path / "a.png"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    timed = {line.rpartition("|")[2].strip() for line in lines if "|" in line}
    assert "numpy" in timed
    heavy = {"h5py", "keras", "matplotlib", "scipy", "sklearn", "tensorflow"}
    assert not heavy & timed
    *marks, last = (line for line in lines if "import time:" not in line)
    assert last == f"1 of 1 images scored by {LIGHT[name]}"
    assert all(line.startswith(f"{name}: bad marks in its") for line in marks)
    assert len(marks) <= 1


def test_light_files_hold_no_weights():
    light = light_file.read(PRESETS / "photo.keras")
    assert light_file.path_beside(PRESETS / "photo.keras").stat().st_size < 60_000
    # Operators, tables and the kernels of pixel maps; weights would be 18 MB.
    nonzero = np.count_nonzero(np.frombuffer(light.graph, np.uint8))
    assert nonzero < 0.01 * len(light.graph)


def test_a_light_file_of_another_scorer_is_not_used(tmp_path, monkeypatch):
    for suffix in (".keras", ".light"):
        content = (PRESETS / f"niqe{suffix}").read_bytes()
        (tmp_path / f"niqe{suffix}").write_bytes(content)
    with (tmp_path / "niqe.keras").open("ab") as file:
        file.write(b"\0")
    for module in ("runtimes.choice", "shipped"):
        monkeypatch.setattr(f"tfiqa.scoring.{module}.PRESETS", tmp_path)
    loaded("niqe")
    assert opened("niqe").name == "keras"
    with pytest.raises(ValueError, match="expected to belong to niqe"):
        opened("niqe", "numpy")


def test_without_litert_keras_scores(tmp_path, monkeypatch):
    Image.fromarray(image(0, 64, 64)).save(tmp_path / "a.png")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    (row,) = tfiqa.score_files(tmp_path / "a.png")
    assert (row.status, row.runtime) == ("ok", "keras")
    with pytest.raises(ArgumentError, match="pip install ai-edge-litert"):
        tfiqa.score_files(tmp_path / "a.png", runtime="litert")
