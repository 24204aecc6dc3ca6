"""Tests of commands that reach no other machine."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.support.fresh import ROOT
from tests.support.fresh import run_fresh
from tests.support.prepared_data import NAME
from tests.support.prepared_data import prepare_scored
from tests.support.toy_scorer import toy_image

COMMAND = """
import socket
from tfiqa.cli import command

def main(argv):
    {body}

command.run(lambda: None, main)
"""
# Any socket is an error, and nothing catches that.
GUARD = """
import runpy, socket, sys

class Forbidden(BaseException):
    pass

def forbid(*_, **__):
    raise Forbidden("a socket")

socket.socket.connect = socket.socket.connect_ex = forbid
socket.getaddrinfo = socket.create_connection = socket.socket.sendto = forbid
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def started(body, *arguments):
    return subprocess.run(
        [sys.executable, "-c", COMMAND.format(body=body), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "body",
    [
        "socket.create_connection(('example.org', 80))",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket().connect(('192.0.2.1', 80))",
        "socket.socket().connect_ex(('192.0.2.1', 80))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 80))",
        "import urllib.request; urllib.request.urlopen('https://example.org')",
    ],
)
def test_other_machines_are_an_error_of_one_line(body):
    done = started(body, "--offline")
    assert done.returncode == 2
    assert "is expected with --offline. Received: one to " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_this_machine_is_none():
    body = """
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname())
    socket.create_connection(("localhost", server.getsockname()[1]))
    return 3"""
    assert started(body, "--offline").returncode == 3


@pytest.mark.parametrize(
    ("value", "arguments", "expected"),
    [
        ("1", [], True),
        ("0", [], False),
        ("", [], False),
        ("1", ["--nooffline"], False),
        ("0", ["--offline"], True),
    ],
)
def test_the_environment_is_the_default(value, arguments, expected):
    body = "from absl import flags; print(flags.FLAGS.offline)"
    printed = run_fresh(COMMAND.format(body=body), *arguments, TFIQA_OFFLINE=value)
    assert printed.strip() == str(expected)


def guarded(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", GUARD, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_scoring_opens_no_socket(tmp_path):
    Image.fromarray(toy_image(1, 200, 200)).save(tmp_path / "a.png")
    guarded(tmp_path, "tfiqa.score", "--offline", "--model", "niqe", "a.png")
    guarded(tmp_path, "tfiqa.score", "--isolate", "--model", "niqe", "a.png")


@pytest.mark.slow
def test_no_command_opens_a_socket(tmp_path):
    data = ("--data_dir", "data")
    prepare_scored(tmp_path)
    source = tmp_path / "source"
    guarded(tmp_path, "tfiqa.prepare", NAME, "--manual_dir", source, *data)
    learn = ("--method", "niqe", "--recipe", "quick", "--set", "size=16")
    guarded(tmp_path, "tfiqa.train", *learn, "--dataset", NAME, *data, "--output", "r")
    scorer = "r/scorer.keras"
    evaluation = ("--dataset", NAME, *data, "--split", "all", "--resamples", "20")
    guarded(tmp_path, "tfiqa.evaluate", "--model", scorer, *evaluation)
    guarded(tmp_path, "tfiqa.features", "--model", scorer, source, "--output", "f.npz")
    guarded(tmp_path, "tfiqa.export.saved_model", scorer, "exported")
    assert np.load(tmp_path / "f.npz")["features"].shape[0] == 30
