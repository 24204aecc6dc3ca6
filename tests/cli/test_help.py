"""Tests of the help of commands."""

import subprocess
import sys

import pytest

from tests.support.fresh import ROOT

COMMAND = '''"""Counts sheep.

python sheep.py
"""

from absl import app
from absl import flags

from tfiqa.cli import command


def define_flags():
    flags.DEFINE_integer("count", 3, "How many sheep there are.", lower_bound=0)
    flags.DEFINE_integer("seed", 0, "The seed.")
    flags.DEFINE_enum("color", None, ["black", "white"], "Their color.")
    flags.DEFINE_enum("name", "a" * 30, ["a" * 30, "b" * 30], "Their name.")
    flags.DEFINE_multi_string("dog", [], "Name of a dog.")
    flags.DEFINE_bool("awake", True, "Whether somebody counts.")
    flags.DEFINE_bool("loud", False, "Count aloud.")


def main(argv):
    if len(argv) > 1:
        raise app.UsageError(f"No arguments are expected. Received: {argv[1:]}")
    return 0


if __name__ == "__main__":
    command.run(define_flags, main)
'''


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    file = tmp_path_factory.mktemp("sheep") / "sheep.py"
    file.write_text(COMMAND)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, file, *arguments],
            env={"PYTHONPATH": str(ROOT), "COLUMNS": "60"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


@pytest.mark.parametrize("request_", ["--help", "-h", "--helpshort"])
def test_help_shows_the_docstring_and_our_flags_alone(run, request_):
    done = run(request_, "--count=no number")
    assert done.returncode == 0
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[:3] == ["Counts sheep.", "", "python sheep.py"]
    assert "  --awake                 Whether somebody counts. (default;" in lines
    assert "  --color=black|white     Their color." in lines
    assert "  --count=N               How many sheep there are." in lines
    assert "  --dog=TEXT              Name of a dog. May be repeated." in lines
    assert "  --loud                  Count aloud." in lines
    assert "  --name=NAME             Their name. One of" in lines
    assert "  --seed=N                The seed. (default: 0)" in lines
    assert max(map(len, lines)) <= 60
    # Not those of absl, such as --verbosity.
    names = {line.split("=")[0].split()[0] for line in lines if line[:4] == "  --"}
    ours = {"awake", "color", "count", "dog", "loud", "name", "seed", "offline"}
    assert names == {f"--{name}" for name in ours}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sheep"], "No arguments are expected. Received: ['sheep']"),
        (["--color=red"], "flag --color=red: value should be one of <black|white>"),
        (["--colour=red"], "Unknown command line flag 'colour'. Did you mean: color ?"),
        (["--count=1", "--count=2"], "--count is expected once. Received: 2 times"),
    ],
)
def test_wrong_usage_is_one_message_and_the_status_2(run, arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    first, *others = done.stderr.splitlines()
    assert message in first
    assert others in ([], ["Pass --help to see the flags."])


def test_after_two_dashes_nothing_asks_for_help(run):
    done = run("--", "--help")
    assert done.returncode == 2
    assert "Received: ['--help']" in done.stderr
