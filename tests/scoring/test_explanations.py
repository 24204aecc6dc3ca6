"""Tests of what is said to be wrong with a picture."""

import csv

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import score
from tfiqa.layers import Recognition
from tfiqa.scoring import ArgumentError
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import explanations
from tfiqa.scoring.explanations import Explainer
from tfiqa.scoring.explanations import explanation_of
from tfiqa.scoring.serialization import save_model

NAMES = ("gaussian_blur", "lens_blur", "jpeg", "none", "unknown")
GROUPS = ("blur", "blur", "compression", "none", "unknown")


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        ((0.7, 0.1, 0.1, 0.1, 0.0), ("gaussian_blur", "blur", 0.7)),
        ((0.4, 0.3, 0.1, 0.1, 0.1), ("", "blur", 0.7)),
        ((0.1, 0.1, 0.1, 0.6, 0.1), ("none", "none", 0.6)),
        ((0.1, 0.1, 0.1, 0.1, 0.6), ("", "", None)),
        ((0.2, 0.2, 0.2, 0.3, 0.1), ("", "", None)),
    ],
)
def test_only_what_is_probable_is_said(chances, expected):
    result = explanation_of(np.array(chances), NAMES, GROUPS)
    assert (result.distortion, result.group) == expected[:2]
    assert result.probability == pytest.approx(expected[2])


def recognizer_of(scorer):
    """A recognizer of any weights, on the features of a scorer."""
    keras.utils.set_random_seed(4)
    features = keras.Input(scorer.get_layer("features").output.shape[1:])
    strong = keras.initializers.RandomNormal(stddev=30.0)
    logits = keras.layers.Dense(len(NAMES), kernel_initializer=strong)(features)
    return keras.Model(features, Recognition(NAMES, GROUPS)(logits))


@pytest.fixture
def model(tmp_path):
    path = save_model(toy_scorer(), tmp_path / "scorer.keras")
    explanations.write_recognizer(recognizer_of(toy_scorer()), path)
    for seed in (3, 9):
        Image.fromarray(toy_image(seed)).save(tmp_path / f"{seed}.png")
    return path


def test_score_and_explanation_come_from_the_same_features(model):
    scorer, recognizer = toy_scorer(), recognizer_of(toy_scorer())
    explained = Explainer(scorer, recognizer)
    image = toy_image(3)
    pixels = image[None].astype("float32")
    assert explained(image) == pytest.approx(float(scorer(pixels)[0, 0]), rel=1e-5)
    features = keras.Model(scorer.input, scorer.get_layer("features").output)(pixels)
    chances = keras.ops.convert_to_numpy(recognizer(features))[0]
    expected = explanation_of(chances, NAMES, GROUPS)
    assert explained.latest.distortion == expected.distortion
    assert expected.probability is not None
    assert explained.latest.probability == pytest.approx(expected.probability, rel=1e-4)


def test_rows_tell_what_is_wrong(model, tmp_path):
    paths = [tmp_path / "3.png", tmp_path / "none.png", tmp_path / "9.png"]
    first, missing, last = tfiqa.score_files(paths, model, explain=True)
    plain = [row.score for row in tfiqa.score_files(paths, model)]
    assert [first.score, missing.score, last.score] == plain
    scorer = Explainer(tfiqa.load_scorer(model), explanations.load_recognizer(model))
    for row, seed in ((first, 3), (last, 9)):
        scorer(toy_image(seed))
        assert row.distortion == scorer.latest.distortion
        assert row.distortion_group == scorer.latest.group
    assert (missing.distortion, missing.probability) == ("", None)
    (unasked,) = tfiqa.score_files(paths[0], model)
    assert unasked.distortion is None


def test_files_have_columns_for_it(model, tmp_path, capsys):
    request = ScoringRequest(tmp_path / "3.png", model, explain=True)
    score.score(request, output=tmp_path / "rows.csv")
    with (tmp_path / "rows.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert list(row)[6:9] == ["distortion", "distortion_group", "probability"]
    score.score(request)
    shown = capsys.readouterr().out
    assert "distortion" in shown.splitlines()[0]
    assert row["distortion"] in shown


def test_scorers_without_a_recognizer_are_refused(tmp_path):
    path = save_model(toy_scorer(), tmp_path / "scorer.keras")
    Image.fromarray(toy_image(3)).save(tmp_path / "a.png")
    for model in (path, toy_scorer()):
        with pytest.raises(ArgumentError, match="recognizer") as caught:
            tfiqa.score_files(tmp_path / "a.png", model, explain=True)
        assert caught.value.argument == "explain"


def test_a_preset_takes_its_recognizer_along(model, tmp_path):
    other = tmp_path / "presets" / "photo.keras"
    assert explanations.copy_recognizer(model, other)
    known = explanations.recognizer_file(other).read_bytes()
    assert known == explanations.recognizer_file(model).read_bytes()
    assert explanations.copy_recognizer(tmp_path / "other.keras", other) is None


def test_a_model_of_another_kind_is_no_recognizer():
    scorer = toy_scorer()
    with pytest.raises(ValueError, match="A recognizer"):
        Explainer(scorer, scorer)
