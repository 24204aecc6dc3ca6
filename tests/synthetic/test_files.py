"""Tests for pictures as files."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tfiqa import synthetic
from tfiqa.synthetic import files


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


def test_faults_of_processes_are_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"file|exists|directory"):
        files.write("dead_leaves", 16, 2, tmp_path / "file" / "folder")
    with pytest.raises(ValueError, match="Received: size=8"):
        files.write("dead_leaves", 8, 2, tmp_path)


@pytest.mark.slow
def test_misspelt_flag_of_the_command_is_an_error(tmp_path):
    command = [sys.executable, "-m", "tfiqa.synthetic.generate", "--kin=cel"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Unknown command line flag 'kin'" in done.stderr
