"""Tests of the calibrating command, and of the intervals that it leaves."""

import csv

import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
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
def run(scorer_files, tmp_path, monkeypatch):
    """A function that runs the command on a toy dataset with a broken image."""
    parts = (source([0]), source([1]), source(range(2, 17), broken=("05-2.png",)))
    database = of_splits(Splits(*parts, fingerprint="abc"))
    opened = "tfiqa.evaluation.calibration.open_database"
    monkeypatch.setattr(opened, lambda *_, **__: database)
    before = set(flags.FLAGS)
    calibrate.define_flags()
    common = [f"--model={scorer_files / 'first.keras'}", "--dataset=toy", "--seed=1"]
    common += ["--level=0.8", "--divisions=0", f"--output={tmp_path / 'c.keras'}"]

    def run(*arguments):
        return calibrate.main(flags.FLAGS(["calibrate", *common, *arguments]))

    with flagsaver.flagsaver():
        yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def test_the_scorer_that_is_written_has_intervals(run, tmp_path, capsys):
    assert run() == 0
    text = capsys.readouterr().out
    assert "29 images fitted the map, 30 the intervals; 1 had no score." in text
    assert f"scorer: {tmp_path / 'c.keras'}" in text
    scorer = load_scorer(tmp_path / "c.keras")
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


def test_too_few_images(run, capsys, tmp_path):
    assert run("--split=validation") == 1
    assert "At least 40 images" in capsys.readouterr().err
    assert not (tmp_path / "c.keras").exists()


@pytest.mark.parametrize("output", ["c.txt", "none/c.keras"])
def test_bad_output(run, output):
    with pytest.raises(app.UsageError, match=r"\.keras file"):
        run(f"--output={output}")
