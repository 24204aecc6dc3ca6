"""Tests of the gate of the exports."""

import json

import keras
import numpy as np
import pytest
from scipy import stats

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import agreement
from tfiqa.export import conversion
from tfiqa.export import parity
from tfiqa.export import saved_model
from tfiqa.export import saved_model_file
from tfiqa.export import served
from tfiqa.export import tflite
from tfiqa.export import tflite_file
from tfiqa.export.module import outputs_of
from tfiqa.export.parity import Bar

STRICT = Bar(largest=1e-3, srocc=1.0)
PICTURES = [
    toy_image(0),
    toy_image(5),
    toy_image(3, 9, 9),
    np.full((8, 8, 3), 7, "uint8"),
]
MANY = [toy_image(seed) for seed in range(9)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module")
def run(scorer):
    outputs = outputs_of(scorer)
    return lambda images: outputs(images)["mos"].numpy()


def test_tells_the_largest_difference_on_the_scale_of_100(run):
    scorer = toy_scorer(mos_range=[0.0, 50.0])
    found = parity.verify(
        scorer, lambda x: run(x) + 0.3, images=PICTURES, bar=Bar(largest=1.0)
    )
    assert found.largest == pytest.approx(0.6, rel=1e-3)
    assert (found.pictures, found.sizes) == (4, 3)
    assert found.spread > 20
    assert found.passed
    assert found.milliseconds > 0 < found.scorer_milliseconds


@pytest.mark.parametrize(
    "fault",
    [
        lambda mos: mos + 0.002,
        lambda mos: np.nan_to_num(mos),
        lambda mos: mos * np.where(np.arange(len(mos)) == 1, 1.001, 1)[:, None],
        lambda mos: mos * np.nan,
        lambda mos: mos[:, 0],
    ],
    ids=["offset", "flat gets a score", "second of a batch", "all NaN", "shape"],
)
def test_faults_are_refused(scorer, run, fault):
    with pytest.raises(parity.Disagreement):
        parity.verify(scorer, lambda x: fault(run(x)), images=PICTURES, bar=STRICT)


def test_every_way_to_call_the_export_is_compared(scorer, run):
    ways = run, lambda x: run(x) + 0.3
    found = parity.verify(scorer, *ways, images=PICTURES, bar=Bar(largest=1.0))
    assert found.largest == pytest.approx(0.3, rel=1e-3)


@pytest.mark.parametrize(
    ("bar", "fault"),
    [
        (Bar(srocc=0.99), lambda mos: -mos),
        (Bar(pearson=0.9999), lambda mos: mos**3),
        (Bar(largest=1.0), lambda mos: mos + 2),
    ],
    ids=["srocc", "pearson", "largest"],
)
def test_each_bar_holds_back_and_may_be_ignored(scorer, run, bar, fault):
    def export(images):
        return fault(run(images))

    assert parity.verify(scorer, run, images=MANY, bar=bar).passed
    with pytest.raises(parity.Disagreement, match="below the bar"):
        parity.verify(scorer, export, images=MANY, bar=bar)
    found = parity.verify(scorer, export, images=MANY, bar=bar, allow_disagreement=True)
    assert len(found.faults) == 1
    assert found.as_dict()["passed"] is False
    assert "below the bar" in str(found)


def test_scores_far_beyond_the_range_have_no_more_digits(run):
    scorer = toy_scorer(mos_range=[0.0, 1.0])

    def export(images):
        return run(images) + 1e-4  # 0.01 on the scale of 0 to 100.

    found = parity.verify(scorer, export, images=MANY, bar=Bar(largest=1e-3))
    assert found.spread > 1000
    assert found.largest == pytest.approx(0.01, rel=0.2)
    with pytest.raises(parity.Disagreement):
        parity.verify(scorer, export, images=MANY, bar=Bar(largest=1e-5))


def test_correlations_are_those_of_scipy(scorer, run):
    def export(images):
        return np.rint(run(images) / 4) * 4

    bar = Bar()
    found = parity.verify(scorer, export, images=MANY, bar=bar)
    images = [one[None].astype("float32") / 255 for one in MANY]
    expected = [float(run(image)[0, 0]) for image in images]
    received = [float(export(image)[0, 0]) for image in images]
    assert found.pearson == pytest.approx(stats.pearsonr(expected, received)[0])
    assert found.srocc == pytest.approx(stats.spearmanr(expected, received)[0])
    pairs = [(i, j) for i in range(len(MANY)) for j in range(i)]
    tied = [received[i] == received[j] for i, j in pairs]
    assert found.ties == pytest.approx(np.mean(tied))


def test_scores_that_the_scorer_hardly_tells_apart_may_change_places():
    scores = np.array([10.0, 10.001, 30.0, 20.0])
    swapped = np.array([10.001, 10.0, 30.0, 20.0])
    _, srocc, _ = agreement.correlations(scores, swapped)
    assert srocc == pytest.approx(1.0)
    _, srocc, _ = agreement.correlations(scores, scores[[0, 1, 3, 2]])
    assert srocc < 0.9


def test_integers_need_no_nan(scorer, run):
    def export(images):
        return np.nan_to_num(run(images))

    bar = Bar(srocc=0.99, has_nan=False)
    assert parity.verify(scorer, export, images=PICTURES, bar=bar).passed
    with pytest.raises(parity.Disagreement, match="NaN on one side"):
        parity.verify(scorer, export, images=PICTURES, bar=Bar())


@pytest.mark.parametrize("images", [[toy_image(1)] * 3, [PICTURES[3]], []])
def test_images_that_score_alike_are_refused(scorer, run, images):
    with pytest.raises(ValueError, match="scores differ visibly"):
        parity.verify(scorer, run, images=images, bar=STRICT)


EXPORTERS = [(saved_model, "model"), (tflite, "a.tflite")]


@pytest.mark.parametrize(("exporter", "name"), EXPORTERS)
def test_nothing_is_left_of_an_export_that_disagrees(
    scorer, tmp_path, monkeypatch, exporter, name
):
    halved = keras.models.clone_model(scorer)
    halved.set_weights([weight / 2 for weight in scorer.get_weights()])
    # Every variable is still saved: only what is computed is wrong.
    for module in (saved_model_file, conversion):
        monkeypatch.setattr(module, "outputs_of", lambda _: outputs_of(halved))
    for module in (served, conversion):
        monkeypatch.setattr(module, "variables_of", variables_of(scorer, halved))
    with pytest.raises(parity.Disagreement):
        exporter.export(scorer, tmp_path / name, images=PICTURES)
    assert not list(tmp_path.iterdir())


def variables_of(*models):
    def found(_, *, trainable=False):
        return [variable.value for model in models for variable in model.variables]

    return found


def test_what_disagrees_is_left_when_asked_and_says_so(scorer, tmp_path, monkeypatch):
    impossible = {"float32": Bar(largest=-1.0)}
    monkeypatch.setattr(tflite_file, "BARS", impossible)
    found = tflite.export(
        scorer, tmp_path / "a.tflite", images=PICTURES, allow_disagreement=True
    )
    assert not found.passed
    assert "below the bar" in (tmp_path / "a.tflite.md").read_text()


@pytest.mark.parametrize(("exporter", "name"), EXPORTERS)
def test_scorers_that_see_every_pixel_export_too(tmp_path, exporter, name):
    found = exporter.export(
        toy_scorer(coverage="full"), tmp_path / name, images=PICTURES
    )
    assert found.largest < 1e-4


def test_by_default_64_pictures_of_several_sizes_are_compared(scorer, tmp_path):
    found = tflite.export(scorer, tmp_path / "a.tflite")
    assert found.pictures == 65
    assert found.sizes > 10
    stored = json.loads((tmp_path / "a.tflite.json").read_text())["parity"]
    assert stored == json.loads(json.dumps(found.as_dict()))
