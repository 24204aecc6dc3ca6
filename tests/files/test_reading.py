"""Reading of files, and of what only looks like one."""

import os
import socket

import pytest

from tfiqa.files.reading import FileTooLargeError
from tfiqa.files.reading import NotAFileError
from tfiqa.files.reading import read_file


def test_a_file_and_a_link_to_it(tmp_path):
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "b").symlink_to("a")
    assert read_file(tmp_path / "a") == read_file(str(tmp_path / "b")) == b"content"


def test_pipes_devices_sockets_and_folders_are_never_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    for path, kind in (
        *((tmp_path / "pipe", "a pipe"), ("/dev/zero", "a device")),
        *((tmp_path / "socket", "a socket"), (tmp_path, "a folder")),
    ):
        with pytest.raises(NotAFileError, match=f"it is {kind}, not a file"):
            read_file(path)
    server.close()


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"x")
    as_file = os.stat(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(os, "stat", lambda path: as_file)
    with pytest.raises(NotAFileError, match="a pipe"):
        read_file(tmp_path / "pipe")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "big").open("wb") as file:
        file.truncate(12_000_000_000)
    with pytest.raises(FileTooLargeError, match=r"1,073,741,824 .*12,000,000,000"):
        read_file(tmp_path / "big")


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("none.png", r"no such file$"),
        ("gs://bucket/a.png", "download"),
        ("https://example.org/a.png", "download"),
        ("photos/*.jpg", "patterns are not expanded"),
        ("~/a.png", "home folder"),
        ("a\0b", "NUL"),
    ],
)
def test_missing_files_and_why(path, hint):
    with pytest.raises(FileNotFoundError) as error:
        read_file(path)
    import re

    assert re.search(hint, error.value.strerror)


def test_a_link_that_leads_nowhere_is_missing(tmp_path):
    (tmp_path / "a").symlink_to("none")
    with pytest.raises(FileNotFoundError, match="link is broken"):
        read_file(tmp_path / "a")


def test_a_link_that_loops_is_an_error_of_the_system(tmp_path):
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        read_file(tmp_path / "a")
