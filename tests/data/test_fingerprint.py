"""What makes a source another one."""

import pytest

from tfiqa.data import fingerprint


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "source"
    (source / "images").mkdir(parents=True)
    (source / "images" / "a.png").write_bytes(b"12345")
    (source / "mos.csv").write_text("image,mos\na.png,1\n")
    return source


def sha256(folder, name="set/1.0.0", **options):
    return fingerprint.of_folder(name, folder, **options).sha256


def test_is_the_same_wherever_the_folder_lies(folder):
    before = sha256(folder)
    assert sha256(folder.rename(folder.with_name("moved"))) == before


@pytest.mark.parametrize(
    ("name", "contents"),
    [
        ("mos.csv", b"image,mos\na.png,2\n"),  # a table of the same size
        ("images/a.png", b"123456"),
        ("images/b.png", b""),
        ("other.MAT", b""),
    ],
)
def test_is_another_one_after_a_change(folder, name, contents):
    before = sha256(folder)
    (folder / name).write_bytes(contents)
    assert sha256(folder) != before


def test_is_another_one_after_a_renaming(folder):
    before = sha256(folder)
    (folder / "images" / "a.png").rename(folder / "images" / "c.png")
    assert sha256(folder) != before


def test_is_another_one_for_another_version(folder):
    assert sha256(folder, "set/1.0.1") != sha256(folder, "set/1.0.0")
    one, other = (fingerprint.of_name(f"set/1.0.{k}") for k in (0, 1))
    assert one.sha256 != other.sha256


@pytest.mark.parametrize("name", [".DS_Store", "images/Thumbs.db", ".git/index"])
def test_litter_does_not_count(folder, name):
    before = sha256(folder)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"x")
    assert sha256(folder) == before


def test_what_is_prepared_below_it_does_not_count(folder):
    prepared = folder / "prepared"
    before = sha256(folder)
    prepared.mkdir()
    (prepared / "records").write_bytes(b"x")
    assert sha256(folder, without=prepared) == before != sha256(folder)


def test_is_read_as_it_was_written(folder, tmp_path):
    written = fingerprint.of_folder("set/1.0.0", folder)
    fingerprint.write(written, tmp_path)
    assert fingerprint.read(tmp_path) == written
    assert (written.files, written.size) == (2, 23)
    assert list(written.tables) == ["mos.csv"]


def test_difference_names_tables_and_amounts(folder):
    old = fingerprint.of_folder("set/1.0.0", folder)
    (folder / "mos.csv").write_text("image,mos\na.png,2\n")
    (folder / "more.csv").write_text("")
    (folder / "images" / "a.png").unlink()
    message = fingerprint.difference(old, fingerprint.of_folder("set/1.0.0", folder))
    assert message == (
        "mos.csv differs; more.csv is new; "
        "2 files of 23 bytes before, 2 files of 18 bytes now"
    )
