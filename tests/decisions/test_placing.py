"""Copies and links: nothing is overwritten, clashes get names, and runs repeat."""

import errno
import os
import shutil

import pytest

from tfiqa.decisions import Placer
from tfiqa.decisions import SourceError
from tfiqa.decisions.placing import outside
from tfiqa.files.listing import Skipped


@pytest.fixture
def sources(tmp_path):
    """Three files with one name, of which two have equal contents."""
    paths = []
    for name, content in (("a", b"one"), ("b", b"two"), ("c", b"one")):
        (tmp_path / name).mkdir()
        paths.append(tmp_path / name / "photo.jpg")
        paths[-1].write_bytes(content)
        os.utime(paths[-1], (1e9, 1e9))
    return paths


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_copies_are_complete_and_clashes_get_another_name(sources, tmp_path):
    first, second, third = (Placer(tmp_path / "out").place(path) for path in sources)
    assert (first.target.name, first.existed, first.renamed) == ("photo.jpg", 0, 0)
    assert second.renamed
    assert not second.existed
    assert second.target.suffix == ".jpg"
    assert third.target == first.target  # The same contents need no second copy.
    assert third.existed
    result = contents(tmp_path / "out")
    assert result == {"photo.jpg": b"one", second.target.name: b"two"}
    assert first.target.stat().st_mtime == 1e9


@pytest.mark.parametrize("link", [False, True])
def test_a_second_run_changes_nothing(sources, tmp_path, link):
    out = tmp_path / "out"
    once = [Placer(out, link=link).place(path) for path in sources]
    before = {path: path.lstat().st_mtime_ns for path in out.iterdir()}
    again = [Placer(out, link=link).place(path) for path in reversed(sources)]
    assert [one.target for one in again] == [one.target for one in reversed(once)]
    assert all(one.existed for one in again)
    assert {path: path.lstat().st_mtime_ns for path in out.iterdir()} == before


def test_links_lead_to_the_images(sources, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    placed = [Placer("out", link=True).place(p.relative_to(tmp_path)) for p in sources]
    assert [one.target.resolve() for one in placed] == sources
    assert len({one.target for one in placed}) == 3
    assert all(one.target.is_symlink() for one in placed)


def test_what_is_there_is_never_overwritten(sources, tmp_path):
    out = tmp_path / "out"
    taken = Placer(out).place(sources[0]).target
    renamed = Placer(out).place(sources[1]).target
    taken.write_bytes(b"mine")
    renamed.write_bytes(b"mine too")
    with pytest.raises(SourceError, match="exists with other contents"):
        Placer(out).place(sources[1])
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "folder.jpg").write_bytes(b"image")
    (out / "folder.jpg").mkdir()
    assert Placer(out).place(tmp_path / "d" / "folder.jpg").renamed
    assert taken.read_bytes() == b"mine"
    assert renamed.read_bytes() == b"mine too"


def test_a_name_that_is_taken_meanwhile_is_kept(sources, tmp_path, monkeypatch):
    def taken_meanwhile(source, target):
        if not os.path.lexists(target):
            shutil.copyfile(sources[1], target)
        raise FileExistsError(errno.EEXIST, "exists", str(target))

    monkeypatch.setattr("os.link", taken_meanwhile)
    with pytest.raises(SourceError, match="other contents"):
        Placer(tmp_path / "out").place(sources[0])
    assert set(contents(tmp_path / "out").values()) == {b"two"}


def test_file_systems_without_hard_links(sources, tmp_path, monkeypatch):
    def refused(source, target):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    placed = [Placer(tmp_path / "out").place(path) for path in sources[:2]]
    assert contents(tmp_path / "out") == {
        placed[0].target.name: b"one",
        placed[1].target.name: b"two",
    }


def test_a_full_disk_leaves_nothing(sources, tmp_path, monkeypatch):
    def full(source, target):
        target.write_bytes(b"o")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(OSError, match="No space left") as caught:
        Placer(tmp_path / "out").place(sources[0])
    assert not isinstance(caught.value, SourceError)
    assert contents(tmp_path / "out") == {}


@pytest.mark.parametrize("name", ["absent.jpg", "pipe.jpg", "nul\0.jpg", "folder.jpg"])
def test_what_is_no_file_is_not_placed(tmp_path, name):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    with pytest.raises(SourceError, match="no such file"):
        Placer(tmp_path / "out").place(tmp_path / name)


def test_long_names_of_any_bytes(tmp_path):
    name = os.fsdecode(b"\xff" + "日".encode() * 80 + b".png")
    for folder, content in (("a", b"1"), ("b", b"2")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
        placed = Placer(tmp_path / "out").place(tmp_path / folder / name)
    assert placed.renamed
    assert placed.target.read_bytes() == b"2"


def test_paths_below_the_folder_of_copies_are_left_out(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "outer").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "out")
    names = ["out/a", "outer/a", "alias/a", "a", "out/b/c", "out", "nul\0/a"]
    paths = [str(tmp_path / name) for name in names]
    (tmp_path / "a").symlink_to(tmp_path / "out" / "a")
    skipped = Skipped()
    kept = list(outside(paths, str(tmp_path / "out"), skipped))
    assert kept == [str(tmp_path / n) for n in ("outer/a", "a", "out", "nul\0/a")]
    assert skipped.placed == 3
    assert list(outside(paths, None)) == paths
