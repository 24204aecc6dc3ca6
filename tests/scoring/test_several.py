"""More than one scorer: further scorers are columns."""

import csv

import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import score as score_command
from tfiqa.decisions.request import DecisionRequest
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import score_by_all
from tfiqa.scoring import score_files


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module")
def others():
    return {"fine": toy_scorer(8), "strict": toy_scorer(16, min_side=50)}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(3):
        Image.fromarray(toy_image(number)).save(tmp_path / "photos" / f"{number}.png")
    (tmp_path / "photos" / "broken.png").write_bytes(b"no image")
    return tmp_path / "photos"


def test_every_scorer_scores_as_it_does_alone(scorer, others, folder):
    rows = list(score_by_all(ScoringRequest(folder, scorer), others))
    alone = [list(score_files(folder, one)) for one in (scorer, *others.values())]
    assert len(rows) == 4
    for row, first, fine, strict in zip(rows, *alone, strict=True):
        assert row["path"] == first.path
        assert (row["score"], row["status"]) == (first.score, first.status)
        assert (row["score_fine"], row["status_fine"]) == (fine.score, fine.status)
        assert row["score_strict"] is None
        assert row["status_strict"] == strict.status
        is_small = strict.status == "too_small"
        assert row["notes"] == (f"strict: {strict.reason}" if is_small else "")
        assert row["runtime"] == "keras"


def test_an_image_that_a_further_scorer_does_not_score(scorer, others, folder, capsys):
    (folder / "broken.png").unlink()
    output = folder.parent / "o.csv"
    decisions = DecisionRequest(
        where="score_fine > 0 and status_strict == 'too_small'", sort="-score_fine"
    )
    request = ScoringRequest((str(folder),), scorer)
    code = score_command.score(
        request, others=others, decisions=decisions, output=output
    )
    assert code == 3
    assert "3 of 3 images scored by keras" in capsys.readouterr().err
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3
    fine = [float(row["score_fine"]) for row in rows]
    assert fine == sorted(fine, reverse=True)
    score_command.score(request, others=others, decisions=DecisionRequest(top=1))
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["score", "fine", "strict", "status", "path"]
    assert len(line.split()) == 4  # Nothing for the strict one.


def test_further_scorers_are_among_the_settings_of_a_run(scorer, others, folder):
    output = folder.parent / "o.csv"
    request = ScoringRequest((str(folder),), scorer)
    (folder.parent / "o.csv.partial").write_text("path,score\n")
    code = score_command.score(request, others=others, output=output, resume=True)
    assert code == 2
