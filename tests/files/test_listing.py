"""Listing of pictures below folders, whatever lies in them."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from tfiqa.files import listing
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.listing import images_below
from tfiqa.files.listing import listed


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def names_below(folder: Path, **options) -> list[str]:
    result = images_below(folder, **options)
    return [Path(path).relative_to(folder).as_posix() for path in result]


def test_the_order_is_that_of_sorted_paths(tmp_path):
    touch(tmp_path, "a/2.png", "a-b/1.JPG", "a/10.webp", "z.tif", "a b/x.j2k", "c.txt")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "linked.png").symlink_to(tmp_path / "z.tif")
    result = listing.images_below(tmp_path)
    expected = sorted(
        path
        for path in tmp_path.rglob("*")
        if path.suffix.lower() in listing.SUFFIXES and not path.is_dir()
    )
    assert result == [str(path) for path in expected]
    assert len(result) == 6


def test_the_working_folder_gives_bare_names(tmp_path, monkeypatch):
    touch(tmp_path, "a/1.png")
    monkeypatch.chdir(tmp_path)
    assert listing.images_below(".") == [os.path.join("a", "1.png")]
    assert listing.images_below(Path("./a/")) == [os.path.join("a", "1.png")]


@pytest.mark.parametrize(
    "suffix",
    [*(".jfif", ".jpe", ".mpo", ".tga", ".dib", ".pbm", ".heic", ".jxl", ".avif")],
)
def test_pictures_of_all_kinds_are_listed(tmp_path, suffix):
    touch(tmp_path, f"a{suffix}", f"B{suffix.upper()}", f"c{suffix}.txt")
    assert names_below(tmp_path) == [f"B{suffix.upper()}", f"a{suffix}"]


@pytest.mark.parametrize(
    "name",
    [
        *("._a.png", ".b.png", ".thumbnails/t.png", ".Trash/deep/down/t.png"),
        *("@eaDir/T.png", "__MACOSX/a.png", "$RECYCLE.BIN/a.png"),
    ],
)
def test_hidden_and_system_files_are_left_out_and_counted(tmp_path, name):
    touch(tmp_path, name, "a.png")
    skipped = Skipped()
    assert names_below(tmp_path, skipped=skipped) == ["a.png"]
    assert skipped.hidden == 1
    assert list(skipped.lines()) == ["skipped: 1 hidden or system files and folders"]
    assert sorted(names_below(tmp_path, rules=Rules(hidden=True))) == sorted(
        ["a.png", name]
    )


def test_a_hidden_folder_that_is_asked_for_is_listed(tmp_path):
    touch(tmp_path, ".cache/a.png")
    assert list(listed([tmp_path / ".cache"])) == [str(tmp_path / ".cache" / "a.png")]


def test_odd_links_are_listed_as_files_and_end_nothing(tmp_path):
    touch(tmp_path, "z.png")
    (tmp_path / "self.jpg").symlink_to("self.jpg")
    (tmp_path / "through.jpg").symlink_to("z.png/x")
    (tmp_path / "nowhere.jpg").symlink_to("none")
    os.mkfifo(tmp_path / "pipe.jpg")
    expected = ["nowhere.jpg", "pipe.jpg", "self.jpg", "through.jpg", "z.png"]
    assert names_below(tmp_path) == expected


def test_links_to_folders_are_followed_on_request_and_each_folder_once(tmp_path):
    touch(tmp_path, "in/a.png", "elsewhere/b.png", "elsewhere/below/c.png")
    folder = tmp_path / "in"
    (folder / "up").symlink_to(folder)
    (folder / "other").symlink_to(tmp_path / "elsewhere")
    (folder / "twice").symlink_to(tmp_path / "elsewhere" / "below")
    skipped = Skipped()
    assert names_below(folder, skipped=skipped) == ["a.png"]
    assert skipped.linked_folders == 3
    followed = names_below(folder, rules=Rules(follow_links=True))
    assert followed == ["a.png", "other/b.png", "other/below/c.png"]


def test_folders_named_like_pictures_are_walked(tmp_path):
    touch(tmp_path, "trip.jpg/b.png", "x.incomplete/c.png", ".x.1.2.incomplete/d.png")
    assert names_below(tmp_path) == ["trip.jpg/b.png", "x.incomplete/c.png"]


def test_a_folder_that_cannot_be_listed_is_told(tmp_path, monkeypatch):
    touch(tmp_path, "a/1.png", "b/2.png", "c/3.png")
    original = os.scandir

    def scandir(folder):
        if str(folder).endswith("b"):  # As for an ordinary user; root may do all.
            raise PermissionError(13, "Permission denied")
        return original(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    skipped = Skipped()
    assert names_below(tmp_path, skipped=skipped) == ["a/1.png", "c/3.png"]
    assert skipped.unreadable == {str(tmp_path / "b"): "Permission denied"}
    (line,) = skipped.lines()
    assert line == f"{tmp_path / 'b'}: the folder cannot be listed: Permission denied"


def test_each_path_once_in_the_order_of_the_first(tmp_path, monkeypatch):
    touch(tmp_path, "a.png", "b.png")
    monkeypatch.chdir(tmp_path)
    skipped = Skipped()
    paths = ["b.png", "./b.png", tmp_path / "b.png", tmp_path, "none.png", "none.png"]
    result = list(listed(paths, skipped=skipped))
    assert result == ["b.png", str(tmp_path / "a.png"), "none.png"]
    assert skipped.repeated == 4


def test_a_path_with_a_nul_is_one_path():
    assert list(listed(["a\0b.png"])) == ["a\0b.png"]


def test_paths_are_used_while_more_are_written(monkeypatch):
    read, write = os.pipe()
    os.write(write, b"a.png\nb.p")
    stdin = os.fdopen(read)
    monkeypatch.setattr(sys, "stdin", stdin)
    paths = listed("-", standard_input=True)
    assert next(paths) == "a.png"  # It would wait for ever.
    os.write(write, b"ng\n")
    os.close(write)
    assert list(paths) == ["b.png"]
    stdin.close()


def test_special_folder_of_the_shared_files(tmp_path):
    """Every picture of `make_special.sh` is listed, and nothing else ends it."""
    shared = Path(os.environ.get("TFIQA_TEST_DATA", "none")) / "data" / "odd_files"
    if not shared.is_dir() or shutil.which("bash") is None:
        pytest.skip("TFIQA_TEST_DATA names no folder with the odd files")
    import subprocess

    script = str(shared / "make_special.sh")
    subprocess.run(["bash", script, str(tmp_path)], check=True)
    skipped = Skipped()
    names = names_below(tmp_path, skipped=skipped)
    for one in ("loop/z.png", "notdir/z.png", "fifo/z.png", "mac/a.png", "huge/z.png"):
        assert one in names
    assert not any("eaDir" in name or "/." in name for name in names)
    assert skipped.hidden == 4
