"""Scoring where the environment is odd: rows are right, or one line tells why not."""

import csv
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.robustness.asking import ROOT
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer

pytestmark = pytest.mark.slow

NAMES = ("a.png", "ü b.png", "c" * 200 + ".png")
# One starts in half a second, the other with Keras and TensorFlow.
LIGHT, HEAVY = "niqe", "scorer.keras"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    for number, name in enumerate(NAMES):
        pixels = toy_image(number, 120, 128)
        Image.fromarray(pixels).save(tmp_path / "pictures" / name)
    toy_scorer().save(tmp_path / "scorer.keras")
    return tmp_path


@pytest.fixture
def model():
    return LIGHT


def command(*arguments, model=LIGHT, output="rows.csv"):
    return [
        *(sys.executable, "-m", "tfiqa.score", "--model", model),
        *("--output", output, *arguments, "pictures"),
    ]


# Starts a command in a process whose clock jumps, forth and back, by years.
JUMPING = """
import itertools, runpy, sys, time

now, steps = time.time, itertools.cycle((0, 1e8, -1e9, 1e9, -1e8))
time.time = lambda: now() + next(steps)
time.time_ns = lambda: int(1e9 * time.time())
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def score(
    folder,
    *arguments,
    model=LIGHT,
    environment=None,
    closed=(),
    before=None,
    output="rows.csv",
):
    """Runs the command; returns its exit status and what it told."""

    def prepare():
        if before is not None:
            before()
        for number in closed:
            os.close(number)

    done = subprocess.run(
        command(*arguments, model=model, output=output),
        cwd=folder,
        env=without() if environment is None else environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        preexec_fn=prepare,
    )
    return done.returncode, done.stderr


def scores(folder):
    with (folder / "rows.csv").open(newline="", encoding="utf-8") as file:
        return {Path(row["path"]).name: row["score"] for row in csv.DictReader(file)}


@pytest.fixture
def expected(folder, model):
    assert score(folder, model=model)[0] == 0
    result = scores(folder)
    (folder / "rows.csv").unlink()
    assert set(result) == set(NAMES)
    return result


def without(*names, **more):
    kept = {key: value for key, value in os.environ.items() if key not in names}
    return {**kept, "PYTHONPATH": str(ROOT), **more}


@pytest.mark.parametrize(
    "environment",
    [
        without(
            "LANG", "LC_CTYPE", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"
        ),
        without("HOME", "USER", "LOGNAME", "XDG_CACHE_HOME"),
        without(HOME="/nonexistent", TMPDIR="/nonexistent"),
        without("PATH", "TERM"),
    ],
    ids=["LC_ALL=C", "no HOME", "no such HOME", "no PATH"],
)
@pytest.mark.parametrize("model", [LIGHT, HEAVY])
def test_environments(folder, expected, model, environment):
    status, message = score(folder, model=model, environment=environment)
    assert status == 0, message
    assert scores(folder) == expected


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams(folder, expected, closed):
    assert score(folder, closed=closed)[0] == 0
    assert scores(folder) == expected


@pytest.mark.parametrize("model", [HEAVY])
def test_no_streams_with_tensorflow(folder, expected, model):
    assert score(folder, model=model, closed=(0, 1, 2))[0] == 0
    assert scores(folder) == expected


@pytest.mark.parametrize("years", [-40, 40])
def test_times_of_files_do_not_matter(folder, expected, years):
    moment = time.time() + years * 365 * 86400
    for path in [*(folder / "pictures").iterdir(), folder / "scorer.keras"]:
        os.utime(path, (moment, moment))
    assert score(folder)[0] == 0
    assert scores(folder) == expected


def test_a_full_disk_leaves_whole_rows_to_go_on_from(folder, expected):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    status, message = score(folder, "--batch_size=1", before=limit)
    assert status == 74, message
    assert not (folder / "rows.csv").exists()
    assert "Traceback" not in message
    again, message = score(folder, "--resume")
    if again == 2:  # Not even how rows are made was written.
        again, message = score(folder, "--overwrite")
    assert again == 0, message
    assert scores(folder) == expected


def test_a_folder_that_may_not_be_written(folder, expected):
    if os.geteuid() == 0:  # It writes everywhere but where the system forbids it.
        status, message = score(folder, output="/sys/rows.csv")
    else:
        folder.chmod(0o555)
        status, message = score(folder)
        folder.chmod(0o700)
    assert status == 74, message
    assert len(message.splitlines()) == 1


def test_a_clock_that_jumps(folder, expected):
    module, *arguments = command()[2:]
    done = subprocess.run(
        [sys.executable, "-c", JUMPING, module, *arguments],
        cwd=folder,
        env=without(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert scores(folder) == expected


def test_two_processes_on_one_output(folder, expected):
    both = [
        subprocess.Popen(command(), cwd=folder, env=without(), stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    statuses = sorted(process.wait() for process in both)
    for process in both:
        process.communicate()
    assert statuses == [0, 2]
    assert scores(folder) == expected
