"""Tests of scoring files from Python."""

import dataclasses
import itertools
import sys

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.fresh import run_fresh
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.config.coverage import COVERAGES
from tfiqa.scoring import ArgumentError
from tfiqa.scoring import ScoreRow
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import score_request


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture
def folder(tmp_path):
    for index, name in enumerate(["a.png", "b/c.png"]):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(toy_image(index)).save(tmp_path / name)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    return tmp_path


def test_rows_of_a_folder(scorer, folder):
    rows = list(tfiqa.score_files(folder, model=scorer))

    names = ("a.png", "b/c.png", "broken.jpg")
    assert [row.path for row in rows] == [str(folder / name) for name in names]
    images = [toy_image(index)[None].astype("float32") for index in range(2)]
    expected = [float(keras.ops.convert_to_numpy(scorer(x))[0, 0]) for x in images]
    result = [row.score for row in rows[:2]]
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert rows[0] == ScoreRow(
        str(folder / "a.png"),
        rows[0].score,
        "ok",
        width=56,
        height=40,
        covered=1.0,
        runtime="keras",
    )
    assert rows[2].status == "undecodable"
    assert (rows[2].score, rows[2].width, rows[2].covered) == (None, None, None)
    assert rows[2].reason


def test_rows_are_frozen(scorer, folder):
    (row,) = tfiqa.score_files(folder / "a.png", model=scorer)
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.score = 1.0


def test_rows_come_while_paths_are_still_unknown(scorer, folder):
    read = []

    def endless():
        for number in itertools.count():
            read.append(number)
            yield folder / f"{number}.png"  # A path that came before is left out.

    rows = tfiqa.score_files(endless(), model=scorer, read_ahead=2)

    assert [row.status for row in itertools.islice(rows, 3)] == ["missing"] * 3
    assert len(read) <= 3 + 2 + 1


def test_a_request_is_what_the_function_takes(scorer, folder):
    request = ScoringRequest(folder / "b", scorer)
    rows = list(tfiqa.score_files(folder / "b", scorer))
    assert list(score_request(request)) == rows


def test_coverage_is_chosen(folder):
    scorer = toy_scorer(8)
    Image.fromarray(toy_image(1, 200, 300)).save(folder / "a.png")
    covered = {
        coverage: next(
            tfiqa.score_files(folder / "a.png", model=scorer, coverage=coverage)
        ).covered
        for coverage in COVERAGES
    }
    assert covered == {"grid": round((5 * 8) ** 2 / (200 * 300), 4), "full": 1.0}


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("model", "none.keras", "Received: name_or_path='none.keras'"),
        ("coverage", "most", "Received: 'most'"),
        ("reference", "/none.png", "Received: '/none.png'"),
        ("intervals", True, "calibrated scorer is expected"),
        ("map_folder", "maps", "Received: a scorer of 'toy'"),
        ("read_ahead", 0, "Received: 0"),
    ],
)
def test_an_argument_that_does_not_fit_is_an_error_at_once(
    scorer, folder, argument, value, message
):
    arguments = {"model": scorer, argument: value}
    with pytest.raises(ArgumentError, match=message) as caught:
        tfiqa.score_files(folder, **arguments)
    assert caught.value.argument == argument


def test_maps_without_matplotlib_name_the_package(scorer, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ArgumentError, match="pip install matplotlib") as caught:
        tfiqa.score_files(folder, model=scorer, map_folder=folder / "maps")
    assert caught.value.argument == "map_folder"
    assert not (folder / "maps").exists()


def test_another_model_is_refused(folder):
    images = keras.Input((None, None, 3))
    other = keras.Model(images, keras.layers.GlobalAveragePooling2D()(images))
    with pytest.raises(ArgumentError, match="last layer is `tfiqa"):
        tfiqa.score_files(folder, model=other)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="starts JAX itself")
def test_jax_scores_without_tensorflow(scorer, folder):
    """Scorers of our own layers need none of it, nor does what ships."""
    scorer.save(folder / "scorer.keras")
    Image.fromarray(toy_image(1, 200, 200)).save(folder / "a.png")
    code = """
import sys
import tfiqa

for model in (sys.argv[1], "niqe", "photo"):
    for row in tfiqa.score_files(sys.argv[2], model=model):
        print(row.score)
assert "tensorflow" not in sys.modules
assert "keras_hub" not in sys.modules
"""
    path = folder / "a.png"

    printed = run_fresh(
        code, folder / "scorer.keras", path, KERAS_BACKEND="jax", JAX_ENABLE_X64="1"
    )

    (toy,) = tfiqa.score_files(path, model=scorer)
    (niqe,) = tfiqa.score_files(path, model="niqe")
    (photo,) = tfiqa.score_files(path)
    result = [float(line) for line in printed.split()]
    assert result == pytest.approx([toy.score, niqe.score, photo.score], rel=1e-4)
