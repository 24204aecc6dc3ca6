"""Tests of the calibrating command, and of the intervals that it leaves."""

import csv
import types

import numpy as np
import pytest
from absl import app
from PIL import Image

from tests.evaluation.conftest import contrasted
from tests.evaluation.conftest import scorer_files as scorer_files
from tests.evaluation.conftest import source
from tfiqa import calibrate
from tfiqa.data.load import Splits
from tfiqa.evaluation.databases import of_splits
from tfiqa.score import score
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring.calibration import interval
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.serialization import load_scorer


@pytest.fixture
def given(scorer_files, tmp_path, monkeypatch):
    """The flags of a run that succeeds."""
    parts = (source([0]), source([1]), source(range(2, 17), broken=("05-2.png",)))
    database = of_splits(Splits(*parts, fingerprint="abc"))
    monkeypatch.setattr(calibrate, "open_database", lambda *_, **__: database)
    given = types.SimpleNamespace(
        model=str(scorer_files / "first.keras"),
        dataset="toy",
        data_dir=None,
        split="test",
        split_seed=0,
        level=0.8,
        seed=1,
        divisions=0,
        cache=None,
        output=str(tmp_path / "c.keras"),
    )
    monkeypatch.setattr("absl.flags.FLAGS", given)
    return given


def test_the_scorer_that_is_written_tells_intervals(given, tmp_path, capsys):
    assert calibrate.main(["calibrate"]) == 0
    told = capsys.readouterr().out
    assert "29 pictures told the map, 30 the intervals; 1 had no score." in told
    scorer = load_scorer(given.output)
    facts = metadata(scorer)["calibration"]
    assert (facts["level"], facts["mos_range"]) == (0.8, [0.0, 4.0])

    for level in (0, 3):
        Image.fromarray(contrasted(3, level)).save(tmp_path / f"{level}.png")
    (tmp_path / "x.png").write_bytes(b"")
    paths = [str(tmp_path / name) for name in ("0.png", "3.png", "x.png")]
    assert (
        score(ScoringRequest(paths, scorer, intervals=True), output=tmp_path / "s.csv")
        == 3
    )
    with open(tmp_path / "s.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    scores = [float(row["score"]) for row in rows[:2]]
    assert scores[0] < scores[1]
    ends = np.array([[float(row["low"]), float(row["high"])] for row in rows[:2]])
    np.testing.assert_allclose(ends.T, interval(scorer, scores), rtol=1e-5)
    assert (rows[2]["low"], rows[2]["high"]) == ("", "")
    capsys.readouterr()
    score(ScoringRequest(paths[:1], scorer, intervals=True))
    assert f"[{ends[0, 0]:.2f}, {ends[0, 1]:.2f}]" in capsys.readouterr().out


def test_coverage_is_told(given, monkeypatch):
    monkeypatch.setattr(calibrate, "coverages", lambda *_, **__: np.full(7, 0.75))
    given.divisions = 7
    outcomes = types.SimpleNamespace(scores=np.zeros(2))
    told = calibrate.coverage_told(outcomes, np.zeros(2), (0.0, 1.0), given)
    assert told == [
        "Coverage of other halves, 7 divisions: mean 75.0%, deviation 0.0%, "
        "5 to 95 %: 75.0% to 75.0%."
    ]


def test_too_few_pictures(given, capsys):
    given.split = "validation"
    assert calibrate.main(["calibrate"]) == 1
    assert "40 or more pictures" in capsys.readouterr().err


@pytest.mark.parametrize("output", ["c.txt", "none/c.keras"])
def test_bad_output(given, output):
    given.output = output
    with pytest.raises(app.UsageError, match=r"\.keras file"):
        calibrate.main(["calibrate"])
