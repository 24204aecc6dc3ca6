"""Tests of calibration from Python."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.evaluation.conftest import source
from tfiqa import evaluation
from tfiqa.data.decode import decode
from tfiqa.data.load import Splits
from tfiqa.evaluation.calibration import CalibrationResult
from tfiqa.evaluation.databases import of_splits
from tfiqa.metrics.conformal import coverages


@pytest.fixture
def large_database():
    parts = (source([0]), source([1]), source(range(2, 27)))
    database = of_splits(Splits(*parts, fingerprint="abc"))
    scale = dataclasses.replace(database.source, mos_range=(0.0, 5.0))
    return dataclasses.replace(database, source=scale)


def test_a_file_and_a_loaded_model_are_calibrated_alike(large_database, scorer_files):
    path = scorer_files / "first.keras"
    model = keras.saving.load_model(path, compile=False)
    first, second = (
        evaluation.calibrate_request(
            evaluation.CalibrationRequest(one, large_database, divisions=3)
        )
        for one in (path, model)
    )
    assert first.lines() == second.lines()
    assert first.coverages is not None
    assert first.coverages.shape == (3,)
    scorer = first.scorer
    images = np.random.default_rng(0).uniform(0, 255, (1, 40, 40, 3))
    expected = second.scorer(images.astype("float32"))
    np.testing.assert_allclose(scorer(images.astype("float32")), expected, rtol=1e-5)


def test_coverage_is_that_of_the_divisions(large_database, scorer_files):
    request = evaluation.CalibrationRequest(
        scorer_files / "first.keras", large_database, level=0.8, seed=2, divisions=5
    )
    measured = evaluation.calibrate_request(request).coverages
    assert measured is not None
    rows = large_database.parts["test"]
    scorer = keras.saving.load_model(request.model, compile=False)
    images = [decode(one).astype("float32") for one in large_database.encoded(rows)]
    scores = [float(scorer(image[None])[0, 0]) for image in images]
    expected = coverages(
        np.array(scores),
        large_database.mos[rows],
        mos_range=(0.0, 5.0),
        level=0.8,
        divisions=5,
        seed=2,
    )
    np.testing.assert_allclose(measured, expected, atol=0.02)


def test_lines_of_coverage(large_database, scorer_files):
    path = scorer_files / "first.keras"
    request = evaluation.CalibrationRequest(path, large_database)
    scorer = evaluation.calibrate_request(request).scorer
    result = CalibrationResult(scorer, np.full(7, 0.75))
    assert result.lines()[-1] == (
        "Coverage of other halves, 7 divisions: mean 75.0%, deviation 0.0%, "
        "5 to 95 %: 75.0% to 75.0%."
    )
    result = CalibrationResult(scorer, not_covered="too few")
    assert result.lines()[-1] == "Coverage is not measured: too few"


@pytest.mark.parametrize(
    ("fields", "message"),
    [({"split": "x"}, "`split`.*'x'"), ({"divisions": -1}, "`divisions`.*-1")],
)
def test_errors_name_the_field(fields, message):
    with pytest.raises(ValueError, match=message):
        evaluation.CalibrationRequest("niqe", "toy", **fields)
