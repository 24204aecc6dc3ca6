"""Tests for pictures as files."""

import os
import subprocess
import sys

import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tfiqa import synthetic
from tfiqa.synthetic import files
from tfiqa.synthetic import generate


def test_files_hold_the_pictures_whatever_the_processes(tmp_path):
    paths = files.write("cel", 48, 7, tmp_path, seed=2, processes=2)
    assert sorted(tmp_path.iterdir()) == paths
    assert paths[3].name == "0000003.png"
    for index, path in enumerate(paths):
        expected = synthetic.cel(index, 48, seed=2)
        np.testing.assert_array_equal(np.asarray(Image.open(path)), expected)


def test_files_that_are_there_are_kept(tmp_path):
    first = files.write("dead_leaves", 16, 3, tmp_path)
    times = [path.stat().st_mtime_ns for path in first]
    more = files.write("dead_leaves", 16, 5, tmp_path)
    assert more[:3] == first
    assert [path.stat().st_mtime_ns for path in first] == times
    assert len(list(tmp_path.iterdir())) == 5


def test_nothing_half_written_stays_behind(tmp_path, monkeypatch):
    def full(self, target, *args, **kwargs):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(OSError, match="No space left"):
        files.write("dead_leaves", 16, 2, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_killed_processes_left_is_removed(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, other = (
        tmp_path / f".0000001.png.{os.uname().nodename}.{process}.x.incomplete"
        for process in (dead.pid, os.getppid())
    )
    others = [other, tmp_path / ".notes.incomplete"]
    for path in (left, *others):
        path.mkdir()
        (path / "new.png").write_bytes(b"half")
    paths = files.write("dead_leaves", 16, 3, tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([*paths, *others])


def test_faults_of_processes_are_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"file|exists|directory"):
        files.write("dead_leaves", 16, 2, tmp_path / "file" / "folder")
    with pytest.raises(ValueError, match="Received: size=8"):
        files.write("dead_leaves", 8, 2, tmp_path)


@pytest.fixture
def run():
    """Returns a function that runs the command; its result is the exit status."""
    before = set(flags.FLAGS)
    generate.define_flags()

    @flagsaver.flagsaver
    def run_with(*arguments):
        given = ["generate", "--kind=dead_leaves", "--size=16", "--count=5", *arguments]
        return generate.main(flags.FLAGS(given))

    yield run_with
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def test_command_writes_all_pictures_or_a_shard(run, tmp_path):
    assert run(f"--output={tmp_path}", "--shard=1", "--shards=3") == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["0000001.png", "0000004.png"]
    assert run(f"--output={tmp_path}") == 0
    assert len(list(tmp_path.iterdir())) == 5


def test_command_tells_what_cannot_be_written(run, tmp_path, capsys):
    (tmp_path / "file").write_bytes(b"")
    for shard in ([], ["--shard=0"]):
        assert run(f"--output={tmp_path / 'file'}", *shard) == 1
        assert "file" in capsys.readouterr().err


def test_command_has_no_shard_beyond_their_number(run, tmp_path):
    with pytest.raises(app.UsageError, match="--shard=3 --shards=2") as message:
        run(f"--output={tmp_path}", "--shard=3", "--shards=2")
    assert message.value.exitcode == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_misspelt_flag_of_the_command_is_an_error():
    command = [sys.executable, "-m", "tfiqa.synthetic.generate", "--kin=cel"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Unknown command line flag 'kin'" in done.stderr
