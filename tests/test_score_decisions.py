"""Decisions of the scoring command: what it shows, copies, and exits with."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.golden_files import GOLDEN
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import score as score_command
from tfiqa.decisions.request import DecisionRequest
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import load_scorer
from tfiqa.scoring import score_files

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module")
def calibrated():
    return load_scorer(GOLDEN / "calibrated.keras")


@pytest.fixture
def folder(tmp_path):
    """Six images, of which two share a name, and one that is broken."""
    for number, name in enumerate(["a", "b", "c", "x/a", "x/d", "x/e"]):
        path = tmp_path / "photos" / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(toy_image(number * 3 % 7)).save(path)
    (tmp_path / "photos" / "broken.png").write_bytes(b"no image")
    return tmp_path


@pytest.fixture
def scores(scorer, folder):
    """The scores by path."""
    rows = score_files(folder / "photos", scorer)
    return {row.path: row.score for row in rows if row.score is not None}


def run(scorer, folder, *, others=None, output=None, resume=False, **decisions):
    """Returns the exit status of the command on the folder."""
    return score_command.score(
        ScoringRequest((str(folder / "photos"),), scorer),
        others=others,
        decisions=DecisionRequest(**decisions),
        output=output,
        resume=resume,
    )


def printed(capsys):
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines]


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def middle(scores):
    return sorted(scores.values())[3]


def test_conditions_and_ranks_choose_rows(scorer, folder, scores, capsys):
    threshold = middle(scores)
    assert run(scorer, folder, where=f"score < {threshold}", form="jsonl") == 3
    low = [path for path in sorted(scores) if scores[path] < threshold]
    assert sorted(row["path"] for row in printed(capsys)) == low
    run(scorer, folder, top=2, form="jsonl")
    best = sorted(scores, key=lambda path: -scores[path])[:2]
    assert [row["path"] for row in printed(capsys)] == best
    run(scorer, folder, sort="-path", where="status != 'ok'", form="jsonl")
    (row,) = printed(capsys)
    assert (row["status"], row["score"]) == ("undecodable", None)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_file_gets_what_standard_output_gets(scorer, folder, scores, capsys, suffix):
    decisions = {"where": f"score <= {middle(scores)}", "sort": "-score"}
    run(scorer, folder, **decisions, form="jsonl")
    shown = printed(capsys)
    assert len(shown) == 4
    run(scorer, folder, **decisions, output=folder / f"o{suffix}")
    if suffix == ".jsonl":
        lines = (folder / "o.jsonl").read_text().splitlines()
        assert [json.loads(line) for line in lines] == shown
    else:
        rows = table(folder / "o.csv")
        assert [row["path"] for row in rows] == [row["path"] for row in shown]
        assert [float(row["score"]) for row in rows] == [r["score"] for r in shown]
    assert {path.name for path in folder.iterdir()} == {"photos", f"o{suffix}"}


def test_an_interrupted_run_resumes_with_any_decision(scorer, folder, scores, capsys):
    output = folder / "o.csv"
    with pytest.MonkeyPatch.context() as patch:
        shown = []

        def interrupt(progress, done):
            shown.append(done)
            if done == 4:
                raise KeyboardInterrupt

        patch.setattr("tfiqa.cli.batch.Progress.show", interrupt)
        assert run(scorer, folder, top=2, output=output) == 130
    assert not output.exists()
    assert run(scorer, folder, bottom=3, output=output, resume=True) == 3
    assert "6 of 7 images scored" in capsys.readouterr().err
    worst = sorted(scores, key=lambda path: scores[path])[:3]
    assert [row["path"] for row in table(output)] == worst
    assert not list(folder.glob("*.partial*"))


@pytest.mark.parametrize(("broken", "code"), [(False, 4), (True, 3)])
def test_the_gate(scorer, folder, scores, capsys, broken, code):
    if not broken:
        (folder / "photos" / "broken.png").unlink()
    ok = 3 if broken else 0
    assert run(scorer, folder, fail_under=min(scores.values())) == ok
    assert run(scorer, folder, fail_under=middle(scores)) == code
    assert "3 of 6 images below" in capsys.readouterr().err
    where = f"score >= {middle(scores)}"  # What is left out does not fail.
    assert run(scorer, folder, fail_under=middle(scores), where=where) == ok


def test_confident_is_below_with_the_entire_interval(calibrated, folder, capsys):
    (folder / "photos" / "broken.png").unlink()
    rows = list(score_files(folder / "photos", calibrated, intervals=True))
    assert {row.status for row in rows} == {"ok"}
    ends = sorted(row.high for row in rows)
    for threshold, code in ((ends[0], 0), ((ends[0] + ends[-1]) / 2 + 1e-3, 4)):
        result = run(calibrated, folder, fail_under=threshold, confident=True)
        assert result == code, ends
    assert "entirely below" in capsys.readouterr().err


def test_confident_needs_intervals(scorer, folder, capsys):
    assert run(scorer, folder, fail_under=1.0, confident=True) == 2
    assert capsys.readouterr().err.startswith("--confident: A calibrated scorer")


@pytest.mark.parametrize("kind", ["copy", "link"])
def test_what_passes_is_copied_and_a_second_run_repeats(scorer, folder, kind, capsys):
    where = "'a.png' in path or 'broken' in path"
    chosen = {kind: str(folder / "photos" / "best")}  # Within what is scored.
    for _ in range(2):
        assert run(scorer, folder, where=where, **chosen) == 3
        names = sorted(path.name for path in (folder / "photos" / "best").iterdir())
        assert len(names) == 3
        assert {"a.png", "broken.png"} < set(names)
        assert capsys.readouterr().err.count("6 of 7 images scored") == 1
    run(scorer, folder, fail_under=1e9, **{kind: str(folder / "none")})
    assert list((folder / "none").iterdir()) == []


def test_a_full_disk_names_the_flag(scorer, folder, monkeypatch, capsys):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    assert run(scorer, folder, top=1, copy=str(folder / "best")) == 74
    assert "--copy: " in capsys.readouterr().err


def test_paths_for_pipes(scorer, folder, scores, capfdbinary):
    run(scorer, folder, fail_under=middle(scores), form="null")
    *paths, last = capfdbinary.readouterr().out.decode().split("\0")
    assert last == ""
    assert sorted(paths) == sorted(p for p in scores if scores[p] >= middle(scores))


def test_a_report_is_written_once_all_is_scored(scorer, folder, capsys):
    report = folder / "report"
    run(scorer, folder, top=1, fail_under=3.0, report=str(report))
    page = (report / "index.html").read_text()
    assert "7 images" in page
    assert "below 3" in page
    assert page.count("<img") == 12  # Six images, among the worst and the best.


@pytest.mark.parametrize(
    ("arguments", "messages"),
    [
        (
            ("--model=niqe", "--model=tiny=x.keras", "--where=scores < 3"),
            ("--where: A column, one of path", "score_tiny", "\n  scores < 3\n  ^"),
        ),
        (("--top=1", "--bottom=1"), ("\n--top: It excludes --bottom",)),
        (("--model=niqe", "--model=niqe"), ("'niqe' twice",)),
        (("--top=0",), ("not a positive integer",)),
    ],
)
def test_wrong_flags_are_refused_before_anything_is_imported(arguments, messages):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tfiqa.score", "a.png", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    for message in messages:
        assert message in done.stderr
    assert "| numpy\n" not in done.stderr


def test_images_in_the_folder_for_copies_are_named_as_skipped(scorer, folder, capsys):
    assert run(scorer, folder, top=1, copy=str(folder / "photos")) == 1
    line = "skipped: 7 images below the folder for copies or links"
    assert line in capsys.readouterr().err.splitlines()


def test_bursts_from_the_command(calibrated, folder, capsys):
    pytest.importorskip("imagehash")
    (folder / "photos" / "broken.png").unlink()
    assert run(calibrated, folder, group="burst", output=folder / "o.csv") == 0
    rows = table(folder / "o.csv")
    assert list(rows[0])[-4:] == ["group", "choice", "reason", "notes"]
    assert len(rows) == 6
    by_group = {}
    for row in rows:
        by_group.setdefault(row["group"], []).append(row)
    for members in by_group.values():
        assert [row["choice"] for row in members].count("best") == 1
        assert members[0]["choice"] == "best"
        scores = [float(row["score"]) for row in members]
        assert scores == sorted(scores, reverse=True)
    run(calibrated, folder, group="burst", copy=str(folder / "best"))
    assert len(list((folder / "best").iterdir())) == len(by_group)
    assert "burst" in capsys.readouterr().out
