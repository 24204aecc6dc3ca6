"""Tests of how commands start and end."""

import subprocess
import sys

import pytest

from tests.support.fresh import ROOT

COMMAND = """
import sys
from absl import app
from tfiqa.cli import command

def main(argv):
    {body}

command.run(lambda: None, main)
"""


@pytest.mark.parametrize(
    ("body", "arguments", "status", "message"),
    [
        ("return 3", [], 3, ""),
        ("return None", [], 0, ""),
        ("raise ZeroDivisionError('no plan')", [], 70, "ZeroDivisionError: no plan"),
        ("raise app.UsageError('a name', exitcode=2)", [], 2, "a name"),
        ("sys.exit(4)", [], 4, ""),
        ("return 0", ["--no_such"], 2, "Unknown command line flag 'no_such'"),
    ],
)
def test_exit_status(body, arguments, status, message):
    done = subprocess.run(
        [sys.executable, "-c", COMMAND.format(body=body), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == status, done.stderr
    assert message in done.stderr + done.stdout
    assert ("Traceback" in done.stderr) == (status == 70)
