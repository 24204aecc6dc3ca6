"""The train command as users run it, on a small part of the generated pictures."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support import forked
from tests.support.toy_scorer import toy_image

ROOT = Path(__file__).parents[1]
DATASET = "synthetic_iqa/scenes_4"
TINY = [
    *("--set", "crop_size=64", "--set", "hidden=(8, 4)", "--set", "content_length=64"),
    *("--set", "epochs=2", "--set", "patches=1", "--set", "grid=1"),
]


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    done = command("prepare", DATASET, "--data_dir", folder)
    assert done.returncode == 0, done.stderr
    return folder


def arguments(module, *given):
    return [sys.executable, "-m", f"tfiqa.{module}", *map(str, given)]


def command(module, *given):
    return forked.run("-m", f"tfiqa.{module}", *given, timeout=580)


def hyperiqa(output, data_dir, *given):
    return (
        *("--method", "hyperiqa", "--dataset", DATASET, "--data_dir", data_dir),
        *("--recipe", "quick", *TINY, "--output", output, *given),
    )


@pytest.fixture(scope="module")
def finished(data_dir, tmp_path_factory):
    """The folder of a finished run, and what it printed."""
    output = tmp_path_factory.mktemp("runs") / "a"
    done = command("train", *hyperiqa(output, data_dir))
    assert done.returncode == 0, done.stderr
    return output, done.stdout


def test_a_run_leaves_a_scorer_a_record_and_logs(finished):
    output, _ = finished
    names = sorted(path.name for path in output.iterdir())
    expected = ["example.png", "log.csv", "run.json", "scorer.keras", "tensorboard"]
    assert names == expected
    record = json.loads((output / "run.json").read_text())
    assert record["config"]["crop_size"] == 64
    assert record["seed"] == 0
    assert len(record["fingerprint"]) == 64
    figures = {"SROCC", "PLCC", "KROCC", "RMSE"}
    figures |= {"PLCC (logistic)", "RMSE (logistic)"}
    assert set(record["outcome"]["test"]) == figures
    with (output / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1"]
    assert {"loss", "val_srocc"} <= rows[0].keys()


def test_it_prints_figures_and_the_command_that_scores(finished):
    output, printed = finished
    lines = printed.splitlines()
    for name in ("SROCC", "PLCC", "KROCC", "RMSE"):
        assert any(line.startswith(name) for line in lines)
    assert f"scorer: {output / 'scorer.keras'}" in lines
    assert "reduced" in printed
    assert "--recipe paper" in printed
    message = next(line for line in lines if line.startswith("score an image: "))
    message = message.removeprefix("score an image: python -m tfiqa.").split()
    done = command(*message)
    assert done.returncode == 0, done.stderr
    assert "example.png" in done.stdout


def test_the_scorer_knows_itself(finished):
    scorer = tfiqa.load_scorer(finished[0] / "scorer.keras")
    metadata = scorer.layers[-1].metadata
    assert metadata["method"] == "hyperiqa"
    assert metadata["dataset"] == DATASET
    assert "proxy" in metadata["unit"]


def test_pictures_that_do_not_suffice_are_told(data_dir, tmp_path):
    (tmp_path / "few").mkdir()
    Image.fromarray(toy_image(1, 100, 200)).save(tmp_path / "few" / "a.png")
    done = command(
        *("train", "--method", "niqe", "--images", tmp_path / "few"),
        *("--dataset", DATASET, "--data_dir", data_dir, "--output", tmp_path / "run"),
    )
    assert done.returncode == 2, done.stderr
    assert "Received: 2 patches" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_all_of_a_dataset_can_be_learned_from(data_dir, tmp_path):
    """The record says whose figures these are, and the scorer what it saw."""
    output = tmp_path / "all"
    more = ("--learn_from", "all", "--set", "epochs=1")
    done = command("train", *hyperiqa(output, data_dir, *more))
    assert done.returncode == 0, done.stderr
    assert "Images that chose the epoch (none are held out)" in done.stdout
    record = json.loads((output / "run.json").read_text())
    assert record["learn_from"] == "all"
    assert "test" not in record["outcome"]
    assert record["outcome"]["validation"]["SROCC"]
    scorer = tfiqa.load_scorer(output / "scorer.keras")
    assert scorer.layers[-1].metadata["learned_from"] == "all"


def test_a_run_is_not_overwritten(finished, data_dir):
    done = command("train", *hyperiqa(finished[0], data_dir))
    assert done.returncode == 2
    assert "--overwrite" in done.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--set", "epoch=2"], "Did you mean 'epochs'"),
        (["--learning_rate", "2"], "learning_rate"),
        (["--set", "backbone=resnet5"], "`backbone`"),
        slow(["--backbone_weights", "/no/such.h5"], "`backbone_weights`"),
        slow(["--set", "batch_size=4096"], "batch_size=4096"),
        slow(["--recipe", "fast"], "official_literal"),
        slow(["--strategy", "many"], "mirrored"),
        slow(["--dataset", "koniq"], "koniq10k"),
        slow(["stray"], "stray"),
    ],
)
def test_wrong_usage_is_told_in_a_line(tmp_path, data_dir, given, message):
    whole = list(hyperiqa(tmp_path / "b", data_dir))
    if given[0] in whole:  # A flag is given once.
        place = whole.index(given[0])
        del whole[place : place + len(given)]
    done = command("train", *whole, *given)
    assert done.returncode == 2
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "b").exists()


@pytest.mark.slow
def test_a_killed_command_resumes_to_the_same_scorer(finished, data_dir, tmp_path):
    output = tmp_path / "killed"
    process = subprocess.Popen(
        arguments("train", *hyperiqa(output, data_dir)),
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 240
    while not (output / "state-0000").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = command("train", *hyperiqa(output, data_dir, "--resume"))
    assert done.returncode == 0, done.stderr
    assert "Epoch 1/2" not in done.stdout
    result, expected = (
        tfiqa.load_scorer(folder / "scorer.keras").get_weights()
        for folder in (output, finished[0])
    )
    for one, two in zip(result, expected, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_a_stopped_command_says_so_and_resumes_to_the_same_scorer(
    finished, data_dir, tmp_path
):
    output = tmp_path / "stopped"
    process = subprocess.Popen(
        arguments("train", *hyperiqa(output, data_dir)),
        cwd=ROOT,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 240
    while not (output / "tensorboard").exists():  # Made when the first epoch begins.
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate()
    assert process.returncode == 143, errors
    assert "stopped by SIGTERM" in errors
    assert "--resume" in errors
    assert "Traceback" not in errors
    assert len(list(output.glob("state-*"))) == 1
    done = command("train", *hyperiqa(output, data_dir, "--resume"))
    assert done.returncode == 0, done.stderr
    result, expected = (
        tfiqa.load_scorer(folder / "scorer.keras").get_weights()
        for folder in (output, finished[0])
    )
    for one, two in zip(result, expected, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["hyperiqa", "linear_probe"])
def test_the_newcomers_run(method, tmp_path):
    done = command(
        *("train", "--method", method, "--data_dir", tmp_path / "data"),
        *("--output", tmp_path / "run"),
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["recipe"] == "quick"
    if method == "hyperiqa":
        assert record["outcome"]["test"]["SROCC"]["value"] >= 0.75
