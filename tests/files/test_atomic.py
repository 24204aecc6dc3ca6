"""Tests of files that are whole or not there."""

import json
import os
import stat
from pathlib import Path

import pytest

from tfiqa.files import atomic


def test_content_replaces_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    assert atomic.write_text(path, "né") == path
    assert path.read_bytes() == "né".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_need_not_be_durable(tmp_path):
    with atomic.replacing(tmp_path / "a.png", durable=False) as written:
        written.write_text("new")
    assert (tmp_path / "a.png").read_text() == "new"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.png"]


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.keras"
    path.write_text("old")

    def interrupted():
        with atomic.replacing(path) as written:
            assert written.suffix == ".keras"
            written.write_text("half")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_do_not_mix(tmp_path):
    path = tmp_path / "a.txt"
    with atomic.replacing(path) as first, atomic.replacing(path) as second:
        assert first != second
        first.write_text("first" * 1000)
        second.write_text("second")
    assert path.read_text() == "first" * 1000


def test_json_is_read_back(tmp_path):
    content = {"a": [1, None, "ü"]}
    assert json.loads(atomic.write_json(tmp_path / "a", content).read_text()) == content


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"existing folder.*Received: .*/no/a"):
        atomic.write_bytes(tmp_path / "no" / "a", b"")


def test_the_disk_has_a_file_before_its_name_and_then_the_name(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr(os, "fsync", lambda number: steps.append(kind(number)))
    replace = Path.replace

    def kind(number):
        return "folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file"

    def recorded(path, target):
        steps.append("rename")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", recorded)
    atomic.write_text(tmp_path / "a.txt", "new")
    assert steps == ["file", "rename", "folder"]
