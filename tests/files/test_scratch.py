"""Tests of the folders in which files are made."""

import os
import subprocess
import sys
import threading

import pytest

from tfiqa.files import listing
from tfiqa.files import scratch

HOST = os.uname().nodename


def test_is_hidden_beside_its_target_and_removed(tmp_path):
    with scratch.scratch_for(tmp_path / "model") as folder:
        assert folder.parent == tmp_path
        assert scratch.is_scratch(folder.name)
        (folder / "half.png").write_bytes(b"half")
        assert listing.images_below(tmp_path) == []
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


@pytest.mark.parametrize("can_exchange", [True, False])
def test_after_a_failure_what_was_there_is_there(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(scratch, "_exchanged", lambda one, other: False)
    target = tmp_path / "a"
    target.mkdir()
    (target / "old").touch()
    with scratch.scratch_for(target) as folder, pytest.raises(FileNotFoundError):
        scratch.put(folder / "absent", target, scratch=folder)
    assert [path.name for path in target.iterdir()] == ["old"]


def test_one_of_both_is_there_at_any_moment(tmp_path):
    """A reader that looks all the time, from another thread, always finds it whole."""
    target = tmp_path / "a"
    target.mkdir()
    (target / "x").touch()
    missing, done = [], threading.Event()

    def look():
        while not done.is_set():
            if not (target / "x").exists():
                missing.append(1)

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(200):
        with scratch.scratch_for(target) as folder:
            new = folder / "new"
            new.mkdir()
            (new / "x").touch()
            scratch.put(new, target, scratch=folder)
    done.set()
    looking.join()
    if sys.platform == "linux":
        assert not missing


def leftover(parent, target):
    """Makes the scratch folder of a process that was killed; returns it."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    folder = parent / f".{target}.{HOST}.{dead.pid}.x.incomplete"
    (folder / "replaced").mkdir(parents=True)
    return folder


@pytest.mark.parametrize("there", [False, True])
def test_what_was_moved_aside_and_not_replaced_is_put_back(tmp_path, there):
    folder = leftover(tmp_path, "model")
    (folder / "replaced" / "model").write_text("old")
    if there:
        (tmp_path / "model").write_text("new")
    scratch.remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert (tmp_path / "model").read_text() == ("new" if there else "old")


def test_leftovers_of_one_name_alone_are_removed(tmp_path):
    leftover(tmp_path, "a[1]"), leftover(tmp_path, "a1")
    scratch.remove_abandoned(tmp_path, "a[1]")
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".a1.")
