"""Tests of the D-, L- and P-test and of gMAD on a folder."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfiqa.evaluation import distorted_pool
from tfiqa.evaluation import run
from tfiqa.evaluation.protocols import waterloo


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pristine")
    for name in ("a.png", "b.png"):
        coarse = np.random.default_rng(ord(name[0])).integers(0, 256, (12, 14, 3))
        picture = Image.fromarray(coarse.astype("uint8"))
        picture.resize((200, 184), Image.Resampling.BICUBIC).save(folder / name)
    Image.new("RGB", (200, 100)).save(folder / "c.png")
    (folder / "d.png").write_bytes(b"no picture")
    return folder


def test_both_protocols_count_what_is_unusable_and_resume(
    folder, flags_given, scorer_files, monkeypatch, capsys
):
    flags_given.model.append(str(scorer_files / "second.keras"))
    flags_given.dataset, flags_given.pristine = [], str(folder)
    flags_given.protocol = ["waterloo", "gmad"]
    assert run.main(flags_given) == 0
    told = capsys.readouterr().out
    assert "2 pristine" in told
    assert "2 pictures" in told
    assert "second attacks first" in told

    # Nothing is computed again, and a torn line does no harm.
    distorted_pool._known.cache_clear()
    kept = next(Path(flags_given.output).rglob("MS-SSIM/waterloo-0.jsonl"))
    with open(kept, "a") as file:
        file.write('{"picture": "a.p')
    monkeypatch.setattr(waterloo, "measured", None)
    assert run.main(flags_given) == 0
    assert capsys.readouterr().out == told


def test_lists_that_lack_a_score_are_counted(folder, flags_given, scorer_files, capsys):
    """Here a scorer says nothing of the severest JPEG of one of the two pictures."""
    flags_given.dataset, flags_given.pristine = [], str(folder)
    flags_given.protocol = ["waterloo"]
    assert run.main(flags_given) == 0
    distorted_pool._known.cache_clear()
    kept = next(Path(flags_given.output).rglob("first-*/waterloo-0.jsonl"))
    first, second, *more = kept.read_text().splitlines()
    line = json.loads(first)
    line["distorted"][0][4] = float("nan")
    kept.write_text("\n".join([json.dumps(line), second, *more]) + "\n")
    capsys.readouterr()
    assert run.main(flags_given) == 0
    told = capsys.readouterr().out
    rows = json.loads((Path(flags_given.output) / "results.json").read_text())["rows"]
    assert rows[0]["failures"] == {"pictures": 2, "versions": 1, "lists": 1}
    types = {row["of"]: (row["n"], row["failures"]) for row in rows[1:]}
    assert types.pop(waterloo.DISTORTIONS[0]) == (1, {"lists": 1})
    assert set(map(str, types.values())) == {"(2, {})"}
    assert "L-test of 7 lists; 1 more lack the score of a level" in told


def test_the_error_of_a_scorer_is_not_kept(folder, flags_given, monkeypatch):
    """It is told, and says nothing of the picture, which is measured the next time."""

    def failing(scorer):
        def predict(picture):
            raise ValueError("out of luck")

        return predict

    flags_given.dataset, flags_given.pristine = [], str(folder)
    flags_given.protocol = ["waterloo"]
    flags_given.output = flags_given.output + " again"
    with monkeypatch.context() as patched:
        patched.setattr(distorted_pool, "predictor", failing)
        assert run.main(flags_given) == 1
    results = Path(flags_given.output) / "results.json"
    assert "waterloo: out of luck" in json.loads(results.read_text())["errors"][0]
    distorted_pool._known.cache_clear()
    assert run.main(flags_given) == 0
    assert json.loads(results.read_text())["rows"][0]["of"] == "2 pristine"


@pytest.mark.parametrize("protocol", ["waterloo", "gmad"])
def test_nothing_is_measured_without_scorers(
    folder, flags_given, monkeypatch, tmp_path, protocol
):
    (tmp_path / "t.csv").write_text("image_id,score\na,1\n")
    flags_given.model, flags_given.scores = [], [str(tmp_path / "t.csv")]
    flags_given.dataset, flags_given.pristine = [], str(folder)
    flags_given.protocol = [protocol]
    monkeypatch.setattr(waterloo, "measured", None)
    assert run.main(flags_given) == 0
    hints = json.loads((Path(flags_given.output) / "results.json").read_text())["hints"]
    assert f"{protocol}: t is no scorer: left out." in hints


def test_rows_of_the_pool_are_shown_as_they_were_measured(folder):
    pool = distorted_pool.opened(folder, cache=None)
    shown, name = pool.show([0, 1], 1)
    assert name == "b, pristine"
    pristine = np.asarray(Image.open(folder / "b.png"))
    np.testing.assert_array_equal(shown, pristine)
    # After two pristine ones come 4 types by 5 levels of the first picture.
    shown, name = pool.show([0, 1], 2 + 20 + 5 + 2)
    kind = waterloo.DISTORTIONS[1]
    assert name == f"b, {kind} 3"
    expected = waterloo.distorted(pristine, kind, 3)
    np.testing.assert_array_equal(shown, expected)


def test_no_usable_picture(tmp_path):
    Image.new("RGB", (20, 10)).save(tmp_path / "c.png")
    with pytest.raises(ValueError, match="none usable"):
        distorted_pool.measured([], distorted_pool.opened(tmp_path, cache=None))
