"""Tests of the scoring command."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from absl import app
from PIL import Image

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import picture
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa import score as score_command
from tfiqa.files.listing import listed
from tfiqa.score import main
from tfiqa.scoring import ScoringRequest

ROOT = Path(__file__).parents[1]
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
    Image.fromarray(picture(1)).save(tmp_path / "a.png")
    Image.fromarray(picture(2)).save(tmp_path / "z.jpg")
    (tmp_path / "broken.jpg").write_bytes((tmp_path / "z.jpg").read_bytes()[:200])
    Image.fromarray(np.full((9, 9, 3), 7, "uint8")).save(tmp_path / "flat.bmp")
    Image.fromarray(picture(3, 3, 90)).save(tmp_path / "small.png")
    Image.new("1", (10001, 10000)).save(tmp_path / "huge.png")
    return tmp_path


def score(scorer, paths, *, output=None, batch_size=16, **fields):
    """Returns the exit status of the command on these paths."""
    request = ScoringRequest(paths, scorer, read_ahead=batch_size, **fields)
    return score_command.score(request, output=output, flush_every=batch_size)


def rows_of(path):
    with open(path, newline="", encoding="utf-8", errors="surrogateescape") as file:
        return list(csv.DictReader(file))


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "tfiqa.score", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        **options,
    )


def test_every_status_in_input_order(scorer, folder, capsys):
    names = random.Random(0).sample(sorted(STATUSES), len(STATUSES))

    code = score(scorer, [str(folder / n) for n in names], output=folder / "x.csv")

    rows = rows_of(folder / "x.csv")
    assert code == 3
    assert [row["path"] for row in rows] == [str(folder / name) for name in names]
    assert [row["status"] for row in rows] == [STATUSES[name] for name in names]
    for row in rows:
        assert bool(row["score"]) == (row["status"] == "ok")
    told = capsys.readouterr().err
    for name, status in STATUSES.items():
        assert (f"{name}: {status}: " in told) == (status != "ok")
    assert "2 of 7 pictures scored" in told


def test_scores_do_not_depend_on_the_company(scorer, tmp_path):
    sizes = [(40, 56), (5, 90), (16, 16), (130, 70)]
    paths = []
    for index in range(12):
        paths.append(str(tmp_path / f"{index}.png"))
        Image.fromarray(picture(index, *sizes[index % 4])).save(paths[-1])

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
    pictures = np.stack([picture(seed) for seed in range(5)]).astype("float32")
    together = np.asarray(scorer(pictures))
    alone = np.concatenate([np.asarray(scorer(p[None])) for p in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-4)


def test_jsonl_has_null_where_there_is_no_score(scorer, folder):
    paths = [str(folder / "a.png"), str(folder / "absent.png")]

    score(scorer, paths, output=folder / "x.jsonl")

    first, second = map(json.loads, (folder / "x.jsonl").read_text().splitlines())
    assert (first["status"], first["width"], first["height"]) == ("ok", 56, 40)
    expected = float(np.asarray(scorer(picture(1)[None].astype("float32")))[0, 0])
    assert first["score"] == pytest.approx(expected, rel=1e-6)
    assert second == {
        "path": paths[1],
        "score": None,
        "status": "missing",
        "width": None,
        "height": None,
        "covered": None,
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

    found = list(listed(["x.txt", str(tmp_path)]))

    expected = ["a.tif", "b/1.png", "b/2.JPG", "c/d/e.webp"]
    assert found == ["x.txt", *(str(tmp_path / name) for name in expected)]


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
    Image.fromarray(picture(1)).save(path)
    for output in (None, tmp_path / "x.csv", tmp_path / "x.jsonl"):
        assert score(scorer, [path], output=output) == 0
    assert rows_of(tmp_path / "x.csv")[0]["path"] == path
    assert json.loads((tmp_path / "x.jsonl").read_text())["path"] == path
    assert r"\udcff" in capsys.readouterr().out


def test_an_error_leaves_the_old_file(folder):
    class Failing(layers.PatchMean):
        def call(self, images):
            if keras.backend.is_keras_tensor(images):
                return super().call(images)
            raise ZeroDivisionError

    images, crop = keras.Input((None, None, 3)), keras.Input((8, 8, 3))
    network = keras.Model(crop, keras.layers.GlobalAveragePooling2D()(crop))
    crops = Failing(network, 8, name="features")(images)
    mos = layers.MOS(metadata=METADATA)(keras.layers.Dense(1)(crops), images)
    (folder / "x.csv").write_text("old")
    with pytest.raises(ZeroDivisionError):
        score(
            keras.Model(images, mos), [str(folder / "a.png")], output=folder / "x.csv"
        )
    assert (folder / "x.csv").read_text() == "old"
    assert (folder / "x.csv.partial").exists()


def test_a_killed_run_leaves_its_rows(scorer, tmp_path):
    scorer.save(tmp_path / "s.keras")
    Image.fromarray(picture(1)).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "never")  # Reading it blocks.
    paths = [tmp_path / "a.png"] * 6 + [tmp_path / "never"]
    flags = ["--batch_size", "2", "--model", tmp_path / "s.keras"]
    flags += ["--output", tmp_path / "x.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tfiqa.score", *flags, *paths], cwd=ROOT
    )
    partial = tmp_path / "x.csv.partial"
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if partial.exists() and len(rows_of(partial)) >= 4:
            break
        time.sleep(0.05)

    process.send_signal(signal.SIGKILL)

    assert process.wait() == -signal.SIGKILL
    assert [row["status"] for row in rows_of(partial)] == ["ok"] * 4
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--modle", "x", "a.png"], "Did you mean: model"),
        (["--model", "x.keras"], "At least one PATH"),
    ],
)
def test_wrong_usage_is_2(arguments, told):
    done = command(*arguments)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("output", ["x.txt", "x", "none/x.csv"])
def test_an_output_that_cannot_be_is_wrong_usage(monkeypatch, output):
    given = types.SimpleNamespace(model="x", output=output, batch_size=1, coverage=None)
    monkeypatch.setattr("absl.flags.FLAGS", given)
    with pytest.raises(app.UsageError, match=f"--output={output}") as error:
        main(["score", "a.png"])
    assert error.value.exitcode == 2


@pytest.mark.parametrize("model", ["none.keras", __file__])
def test_a_model_that_is_none_is_wrong_usage(monkeypatch, capsys, model):
    given = types.SimpleNamespace(
        **{"model": model, "output": None, "batch_size": 1, "coverage": None},
        **{"reference": None, "interval": False, "map": None},
    )
    monkeypatch.setattr("absl.flags.FLAGS", given)
    assert main(["score", "a.png"]) == 2
    told = capsys.readouterr().err
    assert "Received: " in told
    assert model in told


def test_from_the_command_line(scorer, folder):
    scorer.save(folder / "s.keras")
    flags = ["--model", folder / "s.keras", "--output", folder / "x.csv"]

    done = command("-", *flags, folder / "z.jpg", input=f"{folder / 'flat.bmp'}\n")

    assert done.returncode == 3, done.stderr
    assert [row["status"] for row in rows_of(folder / "x.csv")] == ["flat", "ok"]
    assert not list(folder.glob("*.partial"))


def test_what_ships_scores_and_draws_maps_from_the_command_line(tmp_path):
    Image.fromarray(picture(1, 200, 200)).save(tmp_path / "a.png")
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
    given = types.SimpleNamespace(
        model=scorer, output=None, batch_size=1, coverage=None, reference=None
    )
    given.interval, given.map = False, None
    setattr(given, flag, value)
    monkeypatch.setattr("absl.flags.FLAGS", given)
    assert main(["score", "a.png"]) == 2
    assert capsys.readouterr().err.startswith(f"--{flag}: ")
