"""Tests of the D-, L- and P-test and of gMAD on a folder of pristine images."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from tests.evaluation.conftest import written
from tfiqa.evaluation import distorted_pool
from tfiqa.evaluation import pristine_versions as versions


def test_both_protocols_count_what_is_unusable_and_resume(
    pristine_folder, evaluate, scorer_files, tmp_path, monkeypatch
):
    fields = {
        "models": [str(scorer_files / f"{one}.keras") for one in ("first", "second")],
        "datasets": [],
        "pristine": pristine_folder,
        "protocols": ["waterloo", "gmad"],
    }
    text = "\n".join(evaluate(**fields).lines())
    assert "2 pristine" in text
    assert "2 pictures" in text
    assert "second attacks first" in text

    # Nothing is computed again, and a torn line does no harm.
    kept = next((tmp_path / "out").rglob("MS-SSIM/waterloo-0.jsonl"))
    with open(kept, "a") as file:
        file.write('{"picture": "a.p')
    monkeypatch.setattr(versions, "measured", None)
    assert "\n".join(evaluate(**fields).lines()) == text


def test_lists_that_lack_a_score_are_counted(pristine_folder, evaluate, tmp_path):
    """Here a scorer has no score of the severest JPEG of one of the two images."""
    fields = {"datasets": [], "pristine": pristine_folder, "protocols": ["waterloo"]}
    assert not evaluate(**fields).errors
    kept = next((tmp_path / "out").rglob("first-*/waterloo-0.jsonl"))
    first, second, *more = kept.read_text().splitlines()
    line = json.loads(first)
    line["distorted"][0][4] = float("nan")
    kept.write_text("\n".join([json.dumps(line), second, *more]) + "\n")
    results = evaluate(**fields)
    rows = written(tmp_path / "out")[0]["rows"]
    assert rows[0]["failures"] == {"pictures": 2, "versions": 1, "lists": 1}
    types = {row["of"]: (row["n"], row["failures"]) for row in rows[1:]}
    assert types.pop(versions.DISTORTIONS[0]) == (1, {"lists": 1})
    assert set(map(str, types.values())) == {"(2, {})"}
    hint = "L-test of 7 lists; 1 more lack the score of a level"
    assert any(hint in one for one in results.hints)


def test_the_error_of_a_scorer_is_not_kept(pristine_folder, evaluate, monkeypatch):
    """It says nothing of the image, which is measured the next time."""

    def failing(scorer):
        def predict(image):
            raise ValueError("out of luck")

        return predict

    fields = {"datasets": [], "pristine": pristine_folder, "protocols": ["waterloo"]}
    with monkeypatch.context() as patched:
        patched.setattr(distorted_pool, "predictor", failing)
        results = evaluate(**fields)
    assert "waterloo: out of luck" in results.errors[0]
    assert evaluate(**fields).rows[0].of == "2 pristine"


@pytest.mark.parametrize("protocol", ["waterloo", "gmad"])
def test_nothing_is_measured_without_scorers(
    pristine_folder, evaluate, monkeypatch, tmp_path, protocol
):
    (tmp_path / "t.csv").write_text("image_id,score\na,1\n")
    monkeypatch.setattr(versions, "measured", None)
    results = evaluate(
        models=[],
        scores=[str(tmp_path / "t.csv")],
        datasets=[],
        pristine=pristine_folder,
        protocols=[protocol],
    )
    assert not results.errors
    assert f"{protocol}: t is not a scorer: skipped." in results.hints


def test_a_loaded_scorer_is_measured(pristine_folder, evaluate, scorer_files):
    path = scorer_files / "first.keras"
    model = keras.saving.load_model(path, compile=False)
    results = evaluate(
        models=[str(path), model],
        datasets=[],
        pristine=pristine_folder,
        protocols=["waterloo"],
    )
    rows = [row for row in results.rows if row.protocol == "waterloo"]
    assert [row.method for row in rows] == ["first", "toy"]
    values = [[one.value for one in row.figures.values()] for row in rows]
    assert values[0] == values[1]


def test_rows_of_the_pool_are_shown_as_they_were_measured(pristine_folder):
    folder = pristine_folder.folder
    pool = distorted_pool.open_pool(folder, cache=None)
    shown, name = pool.read([0, 1], 1)
    assert name == "b, pristine"
    pristine = np.asarray(Image.open(folder / "b.png"))
    np.testing.assert_array_equal(shown, pristine)
    # After two pristine ones come 4 types by 5 levels of the first picture.
    shown, name = pool.read([0, 1], 2 + 20 + 5 + 2)
    kind = versions.DISTORTIONS[1]
    assert name == f"b, {kind} 3"
    expected = versions.distorted(pristine, kind, 3)
    np.testing.assert_array_equal(shown, expected)


def test_no_usable_image(tmp_path):
    Image.new("RGB", (20, 10)).save(tmp_path / "c.png")
    with pytest.raises(ValueError, match="none usable"):
        distorted_pool.measured([], distorted_pool.open_pool(tmp_path, cache=None))
