"""Locks of outputs."""

import subprocess
import sys
import threading

import pytest

from tests.support.fresh import ROOT
from tfiqa.files.lock import InUseError
from tfiqa.files.lock import locked

HOLDER = """
import sys
from tfiqa.files.lock import locked
with locked(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_keeps_others_away_and_leaves_nothing(tmp_path):
    with locked(tmp_path / "a.csv"):
        again = locked(tmp_path / "a.csv")
        with pytest.raises(InUseError, match="no other process"), again:
            pass
        with locked(tmp_path / "b.csv"):
            pass
    assert list(tmp_path.iterdir()) == []
    with locked(tmp_path / "a.csv"):
        pass


def test_a_lock_dies_with_its_owner(tmp_path):
    target = tmp_path / "a.csv"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(target)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(InUseError), locked(target):
            pass
        holder.kill()
        holder.wait()
        with locked(target):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_lock_can_be_waited_for(tmp_path):
    target, order = tmp_path / "a.csv", []

    def write():
        with locked(target, wait=True):
            order.append("second")

    with locked(target):
        second = threading.Thread(target=write)
        second.start()
        second.join(0.2)
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []
