"""Listing of pictures below folders."""

import os
from pathlib import Path

from tfiqa.files import listing


def test_the_order_is_that_of_sorted_paths(tmp_path):
    names = ["a/2.png", "a-b/1.JPG", "a/10.webp", "z.tif", "a b/x.j2k", ".png", "c.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "linked.png").symlink_to(tmp_path / "z.tif")
    found = listing.pictures_below(tmp_path)
    expected = sorted(
        path
        for path in tmp_path.rglob("*")
        if path.suffix.lower() in listing.SUFFIXES and not path.is_dir()
    )
    assert found == [str(path) for path in expected]
    assert len(found) == 6


def test_the_working_folder_gives_bare_names(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").touch()
    monkeypatch.chdir(tmp_path)
    assert listing.pictures_below(".") == [os.path.join("a", "1.png")]
    assert listing.pictures_below(Path("./a/")) == [os.path.join("a", "1.png")]
