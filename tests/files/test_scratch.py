"""Tests of the folders in which files are made."""

import os
import subprocess
import sys

import pytest

from tfiqa.files import listing
from tfiqa.files import scratch

HOST = os.uname().nodename


def test_is_hidden_beside_its_target_and_removed(tmp_path):
    with scratch.scratch_for(tmp_path / "model") as folder:
        assert folder.parent == tmp_path
        assert scratch.is_scratch(folder.name)
        (folder / "half.png").write_bytes(b"half")
        assert listing.pictures_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_long_names_leave_room(tmp_path):
    with scratch.scratch_for(
        tmp_path / ("\N{CJK UNIFIED IDEOGRAPH-4E00}" * 80)
    ) as path:
        assert path.is_dir()


def test_a_missing_folder_is_named(tmp_path):
    with (
        pytest.raises(FileNotFoundError, match=r"existing folder.*Received: .*/no/a"),
        scratch.scratch_for(tmp_path / "no" / "a"),
    ):
        pass


@pytest.mark.parametrize("is_folder", [False, True])
def test_what_is_replaced_moves_aside(tmp_path, is_folder):
    target = tmp_path / "a"
    target.write_text("old")
    with scratch.scratch_for(target) as folder:
        new = folder / "new"
        if is_folder:
            new.mkdir()
        else:
            new.write_text("new")
        scratch.put(new, target, scratch=folder)
        assert (folder / "replaced" / "a").read_text() == "old"
    assert target.is_dir() == is_folder
    assert list(tmp_path.iterdir()) == [target]


def test_only_what_killed_processes_of_this_machine_left_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = {
        f".a.{HOST}.{dead.pid}.x.incomplete": False,
        f".a.{HOST}.{os.getpid()}.x.incomplete": False,
        f".a.{HOST}.{os.getppid()}.x.incomplete": True,
        f".a.other-{HOST}x.{dead.pid}.x.incomplete": True,
        ".notes.incomplete": True,
        "mine": True,
    }
    for name in names:
        (tmp_path / name).mkdir()
    with scratch.scratch_for(tmp_path / "b") as used:
        scratch.remove_abandoned(tmp_path)
        assert used.is_dir()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {name for name, stays in names.items() if stays}
