"""Tests of the D-, L- and P-test and of gMAD on a folder of pristine images."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.evaluation.conftest import written
from tests.support import forked
from tfiqa.evaluation import distorted_pool
from tfiqa.evaluation import pristine_versions as versions
from tfiqa.scoring.scorer import predictor


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
def test_nothing_is_measured_without_scores_of_the_pool(
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
    assert (
        f"{protocol}: t has no image of {pristine_folder.folder.name}: skipped."
        in results.hints
    )


def test_scores_of_another_tool_are_measured_like_those_of_a_scorer(
    pristine_folder, evaluate, scorer_files, tmp_path
):
    """A tool that scores the written files is that scorer under another name."""
    material = tmp_path / "material"
    pool = distorted_pool.open_pool(pristine_folder.folder, cache=None)
    count, faults = distorted_pool.write_material(pool, material)
    assert (count, len(faults)) == (2 * 21, 2)
    scorer = tfiqa.load_scorer(scorer_files / "first.keras")
    predict = predictor(scorer)
    lines = [
        f"{path},{predict(np.asarray(Image.open(path)))!r}"
        for path in sorted(material.rglob("*.png"))
        if path.name != "b_jpeg_5.png"
    ]
    (tmp_path / "tool.csv").write_text("\n".join(["path,score", *lines, ""]))
    results = evaluate(
        models=[str(scorer_files / f"{one}.keras") for one in ("first", "second")],
        scores=[str(tmp_path / "tool.csv")],
        datasets=[],
        pristine=pristine_folder,
        protocols=["waterloo", "gmad"],
    )
    assert not results.errors
    rows = {r.method: r for r in results.rows if r.protocol == "waterloo"}
    assert rows["tool"].failures == {"pictures": 2, "versions": 1, "lists": 1}
    assert rows["tool"].n == rows["first"].n - 1
    assert "MS-SSIM, GMSD, VIF" in rows["first"].interval
    by_type = {
        (r.of, r.method): r.figures["L (SROCC)"].value
        for r in results.rows
        if r.protocol == "waterloo, L-test by type"
    }
    for kind in set(versions.DISTORTIONS) - {"jpeg"}:
        assert by_type[kind, "tool"] == by_type[kind, "first"]
    assert {r.method for r in results.rows if r.protocol == "gmad"} >= {
        "tool attacks second",
        "second attacks tool",
    }


def test_material_is_written_once_and_is_what_is_measured(pristine_folder, tmp_path):
    pool = distorted_pool.open_pool(pristine_folder.folder, cache=None, limit=1)
    assert len(pool.names()) == 4 * 21  # Those of images that are not used too.
    distorted_pool.write_material(pool, tmp_path)
    kept = tmp_path / "a_white_noise_2.png"
    shown, name = pool.read([0], 1 + 5 + 1)
    assert name == "a, white_noise 2"
    np.testing.assert_array_equal(np.asarray(Image.open(kept)), shown)
    kept.write_bytes(b"kept")
    (tmp_path / "a_pristine.png").unlink()
    distorted_pool.write_material(pool, tmp_path)
    assert kept.read_bytes() == b"kept"
    assert (tmp_path / "a_pristine.png").exists()


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


def test_the_command_writes_material(pristine_folder, tmp_path):
    command = ("-m", "tfiqa.evaluate", f"--material={tmp_path / 'out'}")
    done = forked.run(*command)
    assert done.returncode == 2
    assert "--pristine is expected with --material" in done.stderr
    done = forked.run(*command, f"--pristine={pristine_folder.folder}", "--pictures=3")
    assert done.returncode == 3, done.stderr  # One of three is too small.
    assert "c.png of 200 x 100" in done.stderr
    assert "42 files" in done.stdout
    assert len(list((tmp_path / "out").iterdir())) == 42
