"""Tests of the scoring command."""

import csv
import io
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import pytest
from absl import app
from PIL import Image

from tests.support import forked
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import score as score_command
from tfiqa.files.listing import listed
from tfiqa.files.lock import locked
from tfiqa.files.shard import Shard
from tfiqa.score import main
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring.identity import settings_of

ROOT = Path(__file__).parents[1]
DECISIONS = (
    *("where", "sort", "top", "bottom", "fail_under", "confident", "group"),
    *("copy", "link", "report", "null", "jsonl"),
)
STATUSES = {
    "a.png": "ok",
    "absent.png": "missing",
    "broken.jpg": "undecodable",
    "flat.bmp": "flat",
    "small.png": "too_small",
    "huge.png": "too_large",
    "z.jpg": "ok",
}


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture
def folder(tmp_path):
    """A picture of each status."""
    Image.fromarray(toy_image(1)).save(tmp_path / "a.png")
    Image.fromarray(toy_image(2)).save(tmp_path / "z.jpg")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "z.jpg").read_bytes()[:200])
    Image.fromarray(np.full((9, 9, 3), 7, "uint8")).save(tmp_path / "flat.bmp")
    Image.fromarray(toy_image(3, 3, 90)).save(tmp_path / "small.png")
    Image.new("1", (10001, 10000)).save(tmp_path / "huge.png")
    return tmp_path


def score(scorer, paths, *, output=None, batch_size=16, **options):
    """Returns the exit status of the command on these paths."""
    request = ScoringRequest(paths, scorer, read_ahead=batch_size)
    return score_command.score(
        request, output=output, flush_every=batch_size, **options
    )


def given_flags(**values):
    """Returns the flags of the command: these, and others as they are by default."""
    return types.SimpleNamespace(
        **{
            **dict.fromkeys(DECISIONS),
            **{"confident": False, "null": False, "jsonl": False},
            **{"output": None, "batch_size": 1, "coverage": None},
            **{"reference": None, "interval": False, "map": None, "shard": None},
            **{"resume": False, "overwrite": False, "follow_links": False},
            **{"hidden": False, "tolerate_truncation": False, "icc": "srgb"},
            **{"runtime": "auto", "isolate": False, "explain": False},
            **values,
            "model": [values.get("model", "niqe")],
        }
    )


def rows_of(path):
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def command(*arguments, **options):
    return forked.run("-m", "tfiqa.score", *arguments, **options)


def test_every_status_in_input_order(scorer, folder, capsys):
    names = random.Random(0).sample(sorted(STATUSES), len(STATUSES))

    code = score(scorer, [str(folder / n) for n in names], output=folder / "x.csv")

    rows = rows_of(folder / "x.csv")
    assert code == 3
    assert [row["path"] for row in rows] == [str(folder / name) for name in names]
    assert [row["status"] for row in rows] == [STATUSES[name] for name in names]
    for row in rows:
        assert bool(row["score"]) == (row["status"] == "ok")
    message = capsys.readouterr().err
    for name, status in STATUSES.items():
        assert (f"{name}: {status}: " in message) == (status != "ok")
    assert "2 of 7 images scored" in message


def test_scores_do_not_depend_on_the_company(scorer, tmp_path):
    sizes = [(40, 56), (5, 90), (16, 16), (130, 70)]
    paths = []
    for index in range(12):
        paths.append(str(tmp_path / f"{index}.png"))
        Image.fromarray(toy_image(index, *sizes[index % 4])).save(paths[-1])

    def scores(paths, batch_size):
        score(scorer, paths, output=tmp_path / "x.csv", batch_size=batch_size)
        return {r["path"]: float(r["score"]) for r in rows_of(tmp_path / "x.csv")}

    alone = {}
    for path in paths:
        alone |= scores([path], 1)
    shuffled = random.Random(1).sample(paths, 12)

    assert np.ptp(list(alone.values())) > 1
    for others in (scores(paths, 1), scores(paths, 5), scores(shuffled, 12)):
        assert others == pytest.approx(alone, abs=1e-4)


def test_a_batch_of_the_scorer_itself_scores_as_one_by_one(scorer):
    pictures = np.stack([toy_image(seed) for seed in range(5)]).astype("float32")
    together = np.asarray(scorer(pictures))
    alone = np.concatenate([np.asarray(scorer(p[None])) for p in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_jsonl_has_null_where_there_is_no_score(scorer, folder):
    paths = [str(folder / "a.png"), str(folder / "absent.png")]

    score(scorer, paths, output=folder / "x.jsonl")

    first, second = map(json.loads, (folder / "x.jsonl").read_text().splitlines())
    assert (first["status"], first["width"], first["height"]) == ("ok", 56, 40)
    expected = float(np.asarray(scorer(toy_image(1)[None].astype("float32")))[0, 0])
    assert first["score"] == pytest.approx(expected, rel=1e-6)
    assert second == {
        "path": paths[1],
        "score": None,
        "status": "missing",
        "width": None,
        "height": None,
        "covered": None,
        "reason": "no such file",
        "notes": "",
    }
    assert first["covered"] == 1.0


def test_table_on_the_terminal(scorer, folder, capsys):
    score(scorer, [str(folder / "a.png"), str(folder / "flat.bmp")])
    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["score", "status", "path"]
    assert first.split()[1:] == ["ok", str(folder / "a.png")]
    assert float(first.split()[0]) > 0
    assert second.split() == ["flat", str(folder / "flat.bmp")]


@pytest.mark.parametrize(
    ("names", "code"),
    [(["a.png", "z.jpg"], 0), (["a.png", "flat.bmp"], 3), (["flat.bmp"], 1)],
)
def test_exit_status(scorer, folder, names, code):
    assert score(scorer, [str(folder / name) for name in names]) == code


def test_a_folder_without_pictures_scores_none(scorer, tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    assert score(scorer, [str(tmp_path)]) == 1


def test_folders_are_searched_and_sorted(tmp_path):
    names = ["b/2.JPG", "b/1.png", "a.tif", "c/d/e.webp", "notes.txt", "b/csv.csv"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()

    result = list(listed(["x.txt", str(tmp_path)]))

    expected = ["a.tif", "b/1.png", "b/2.JPG", "c/d/e.webp"]
    assert result == ["x.txt", *(str(tmp_path / name) for name in expected)]


def test_standard_input(monkeypatch, tmp_path):
    (tmp_path / "in folder.png").touch()
    lines = b"one two.png\r\n\n" + os.fsencode(tmp_path) + b"\nno\xfftext.png\n-"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))

    paths = list(listed(["first.png", "-", "last.png"], standard_input=True))

    inside = str(tmp_path / "in folder.png")
    name = os.fsdecode(b"no\xfftext.png")
    assert paths == ["first.png", "one two.png", inside, name, "last.png"]


def test_paths_that_are_no_text(scorer, tmp_path, capsys):
    path = os.fsdecode(bytes(tmp_path) + b'/a,"\xff\n.png')
    Image.fromarray(toy_image(1)).save(path)
    for output in (None, tmp_path / "x.csv", tmp_path / "x.jsonl"):
        assert score(scorer, [path], output=output) == 0
    assert rows_of(tmp_path / "x.csv")[0]["path"] == path
    assert json.loads((tmp_path / "x.jsonl").read_text())["path"] == path
    shown = capsys.readouterr().out
    assert r"\udcff\n.png" in shown
    assert len(shown.splitlines()) == 2


def test_an_error_leaves_the_old_file(scorer, folder, monkeypatch):
    (folder / "x.csv").write_text("old")
    monkeypatch.setattr("tfiqa.cli.batch.Progress.show", lambda self, done: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        score(scorer, [str(folder / "a.png")], output=folder / "x.csv")
    assert (folder / "x.csv").read_text() == "old"
    assert (folder / "x.csv.partial").exists()


def test_a_scorer_of_broken_weights_fails_and_calls_nothing_flat(scorer, folder):
    broken = toy_scorer()
    broken.set_weights([np.full_like(w, np.nan) for w in broken.get_weights()])
    paths = [str(folder / "a.png"), str(folder / "flat.bmp")]
    assert score(broken, paths, output=folder / "x.csv") == 1
    rows = rows_of(folder / "x.csv")
    assert [row["status"] for row in rows] == ["failed", "flat"]
    assert rows[0]["reason"] == "the score is nan"


def test_a_killed_run_leaves_its_rows(scorer, tmp_path):
    scorer.save(tmp_path / "s.keras")
    Image.fromarray(toy_image(1)).save(tmp_path / "a.png")
    for number in range(1, 8):
        shutil.copy(tmp_path / "a.png", tmp_path / f"{number}.png")
    paths = [tmp_path / f"{number}.png" for number in range(1, 8)]
    flags = ["--batch_size", "2", "--model", tmp_path / "s.keras"]
    flags += ["--output", tmp_path / "x.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tfiqa.score", *flags, "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write("".join(f"{path}\n" for path in paths).encode())
    process.stdin.flush()  # It waits for more until it is killed.
    partial = tmp_path / "x.csv.partial"
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if partial.exists() and len(rows_of(partial)) >= 4:
            break
        time.sleep(0.05)

    process.send_signal(signal.SIGKILL)

    process.stdin.close()
    assert process.wait() == -signal.SIGKILL
    rows = rows_of(partial)
    assert [row["status"] for row in rows] == ["ok"] * len(rows)
    assert 4 <= len(rows) < 7
    assert not (tmp_path / "x.csv").exists()

    again = command(*flags, *paths)
    assert again.returncode == 2
    assert "--resume" in again.stderr + again.stdout
    assert rows_of(partial) == rows
    done = command(*flags, "--resume", *paths)
    assert done.returncode == 0, done.stderr
    result = rows_of(tmp_path / "x.csv")
    assert [row["path"] for row in result] == [str(path) for path in paths]
    assert {row["score"] for row in result} == {rows[0]["score"]}
    assert not list(tmp_path.glob("*.partial*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--modle", "x", "a.png"], "Did you mean: model"),
        (["--model", "x.keras"], "At least one PATH"),
    ],
)
def test_wrong_usage_is_2(arguments, message):
    done = command(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("output", ["x.txt", "x", "none/x.csv"])
def test_an_output_that_cannot_be_is_wrong_usage(monkeypatch, output):
    given = given_flags(model="x", output=output)
    monkeypatch.setattr("absl.flags.FLAGS", given)
    with pytest.raises(app.UsageError, match=f"--output={output}") as error:
        main(["score", "a.png"])
    assert error.value.exitcode == 2


@pytest.mark.parametrize("model", ["none.keras", __file__])
def test_a_model_that_is_none_is_wrong_usage(monkeypatch, capsys, model):
    given = given_flags(model=model)
    monkeypatch.setattr("absl.flags.FLAGS", given)
    assert main(["score", "a.png"]) == 2
    message = capsys.readouterr().err
    assert "Received: " in message
    assert model in message


def test_from_the_command_line(scorer, folder):
    scorer.save(folder / "s.keras")
    flags = ["--model", folder / "s.keras", "--output", folder / "x.csv"]

    done = command("-", *flags, folder / "z.jpg", text=f"{folder / 'flat.bmp'}\n")

    assert done.returncode == 3, done.stderr
    assert [row["status"] for row in rows_of(folder / "x.csv")] == ["flat", "ok"]
    assert not list(folder.glob("*.partial"))


def test_what_ships_scores_and_draws_maps_from_the_command_line(tmp_path):
    Image.fromarray(toy_image(1, 200, 200)).save(tmp_path / "a.png")
    flags = ["--model", "niqe", "--map", tmp_path / "maps"]

    done = command(*flags, "--output", tmp_path / "x.csv", tmp_path / "a.png")

    assert done.returncode == 0, done.stderr
    (row,) = rows_of(tmp_path / "x.csv")
    assert float(row["score"]) < 0
    assert [m.name[:2] for m in (tmp_path / "maps").iterdir()] == ["a-"]


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("reference", "/none.png"),
        ("interval", True),
        ("map", __file__),
    ],
)
def test_the_flag_is_named_that_does_not_fit(scorer, monkeypatch, capsys, flag, value):
    given = given_flags(**{"model": scorer, flag: value})
    monkeypatch.setattr("absl.flags.FLAGS", given)
    assert main(["score", "a.png"]) == 2
    assert capsys.readouterr().err.startswith(f"--{flag}: ")


def test_two_runs_with_one_output_do_not_mix(scorer, folder, capsys):
    output = folder / "x.csv"
    with locked(output):
        assert score(scorer, [str(folder / "a.png")], output=output) == 2
    assert "--output: " in capsys.readouterr().err
    assert not output.exists()
    assert not list(folder.glob("x.csv*"))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_resuming_keeps_whole_rows_and_scores_the_rest(scorer, folder, suffix):
    name = 'cr\r,"lf\n.png'
    shutil.copy(folder / "a.png", folder / name)
    paths = [str(folder / one) for one in ("a.png", name, "flat.bmp", "z.jpg")]
    output, partial = folder / f"x{suffix}", folder / f"x{suffix}.partial"
    score(scorer, paths, output=output)
    whole = output.read_bytes()
    settings = folder / f"x{suffix}.partial.json"
    for cut in range(0, len(whole) + 1, 7):
        output.unlink()
        partial.write_bytes(whole[:cut])
        settings.write_text(json.dumps(settings_of(ScoringRequest(paths, scorer))))
        assert score(scorer, paths, output=output, resume=True) == 3
        assert output.read_bytes() == whole, cut
        assert not partial.exists()


def test_rows_of_another_scoring_are_not_resumed(scorer, folder, capsys):
    paths = [str(folder / "a.png")]
    (folder / "x.csv.partial").write_text("path,score\n")
    assert score(scorer, paths, output=folder / "x.csv", resume=True) == 2
    assert "--resume: Rows made with the same settings" in capsys.readouterr().err
    assert (folder / "x.csv.partial").read_text() == "path,score\n"


def test_shards_are_a_partition_whatever_else_is_scored(scorer, folder):
    for number in range(20):
        shutil.copy(folder / "a.png", folder / f"more{number}.png")
    parts = []
    for number in (1, 2, 3):
        output = folder / f"{number}.csv"
        score(scorer, [str(folder)], output=output, shard=Shard(number, 3))
        parts.append([row["path"] for row in rows_of(output)])
    assert sorted(itertools.chain(*parts)) == list(listed(folder))
    assert all(parts)
    (folder / "more7.png").unlink()
    score(scorer, [str(folder)], output=folder / "1.csv", shard=Shard(1, 3))
    without = [path for path in parts[0] if not path.endswith("more7.png")]
    assert [row["path"] for row in rows_of(folder / "1.csv")] == without


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "-1/2", "1/0"])
def test_a_shard_that_is_none_is_wrong_usage(monkeypatch, shard):
    monkeypatch.setattr("absl.flags.FLAGS", given_flags(model="niqe", shard=shard))
    with pytest.raises(app.UsageError, match="--shard: I/N"):
        main(["score", "a.png"])


@pytest.mark.parametrize(
    ("flag", "message"), [(None, "--overwrite"), ("resume", "exists")]
)
def test_an_output_that_exists_is_kept(monkeypatch, tmp_path, flag, message):
    (tmp_path / "x.csv").write_text("hours of work")
    given = given_flags(model="niqe", output=str(tmp_path / "x.csv"))
    if flag:
        setattr(given, flag, True)
    monkeypatch.setattr("absl.flags.FLAGS", given)
    with pytest.raises(app.UsageError, match=r"--overwrite.*exists"):
        main(["score", "a.png"])
    assert (tmp_path / "x.csv").read_text() == "hours of work"


@pytest.mark.parametrize("name", ["folder.csv", "n" * 251 + ".csv", "n" * 245 + ".csv"])
def test_an_output_that_cannot_be_written_is_told_first(tmp_path, name, monkeypatch):
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.setattr("tfiqa.cli.batch.Progress", None)  # Nothing is scored.
    given = given_flags(model="niqe", output=str(tmp_path / name))
    monkeypatch.setattr("absl.flags.FLAGS", given)
    try:
        code = main(["score", "a.png"])
    except app.UsageError as error:
        code = error.exitcode
    assert code in (2, 74)


def test_a_full_disk_is_told_and_nothing_else(scorer, folder, capsys):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    (folder / "x.csv.partial").symlink_to("/dev/full")
    code = score(scorer, [str(folder / "a.png")], output=folder / "x.csv")
    assert code == 74
    assert "x.csv.partial: No space left on device" in capsys.readouterr().err


def test_names_cannot_forge_lines_on_the_terminal(scorer, folder, capsys):
    name = "a\n   99.0000  ok  \x1b[2Jb\u202e.png"
    shutil.copy(folder / "flat.bmp", folder / name)
    score(scorer, [str(folder / name)])
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2
    for text in (shown.out, shown.err):
        assert not set(text) & set("\x1b\u202e")
        assert r"\n   99.0000  ok  \x1b[2Jb\u202e.png" in text


def test_an_interrupted_run_tells_where_its_rows_are(
    scorer, folder, capsys, monkeypatch
):
    monkeypatch.setattr(
        "tfiqa.cli.batch.Progress.show", lambda self, done: signal.raise_signal(2)
    )
    paths = [str(folder / "a.png"), str(folder / "z.jpg")]
    assert score(scorer, paths, output=folder / "x.csv") == 130
    message = capsys.readouterr().err
    assert "has 1 rows" in message
    assert "x.csv.partial" in message
    assert len(rows_of(folder / "x.csv.partial")) == 1


FIRST = "exit ${{PIPESTATUS[0]}}"  # Of the commands of a pipe.


@pytest.mark.parametrize(
    ("shell", "code"),
    [
        (
            "{python} -m tfiqa.score --model {model} {folder} | true; "
            "exit ${{PIPESTATUS[0]}}",
            141,
        ),
        ("PYTHONIOENCODING=cp1252 {python} -m tfiqa.score --model niqe {cjk}", 0),
        ("{python} -m tfiqa.score --model {model} {cjk} <&- >&- 2>&-", 0),
        ("{python} -m tfiqa.score --model {model} --model niqe {cjk}", 0),
        ("{python} -m tfiqa.score --icc srgb --icc ignore {cjk}", 2),
        pytest.param(
            *("{python} -m tfiqa.score --model niqe {cjk} > /dev/full", 74),
            marks=pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux"),
        ),
    ],
)
def test_streams_of_all_kinds(scorer, tmp_path, shell, code):
    scorer.save(tmp_path / "s.keras")
    Image.fromarray(toy_image(1, 200, 200)).save(tmp_path / "日本.png")
    for number in range(3):
        shutil.copy(tmp_path / "日本.png", tmp_path / f"{number}.png")
    line = shell.format(
        python=sys.executable,
        model=tmp_path / "s.keras",
        folder=tmp_path,
        cjk=tmp_path / "日本.png",
    )
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
