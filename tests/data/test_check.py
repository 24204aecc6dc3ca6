"""Checks before a dataset is built: the download, and the disk."""

import collections
import io
import tarfile

import numpy as np
import pytest
from PIL import Image

from tfiqa.data import check
from tfiqa.data import prepared
from tfiqa.data.builders import builder_of


@pytest.fixture
def source(tmp_path, write_mos_folder, scored_rows):
    return write_mos_folder(tmp_path / "photos", scored_rows(3))


def test_nothing_is_wrong_and_nothing_is_built(source, tmp_path):
    before = sorted(source.rglob("*"))
    assert check.check_source("mos_folder", manual_dir=source) == []
    assert sorted(source.rglob("*")) == before
    assert list(tmp_path.iterdir()) == [source]


def test_tells_rows_and_pictures_that_do_not_match(source):
    (source / "images" / "01_1.png").rename(source / "images" / "other.png")
    (fault,) = check.check_source("mos_folder", manual_dir=source)
    assert "1 rows without an image ('01_1.png')" in fault
    assert "1 images without a row ('other.png')" in fault


def test_tells_pictures_that_cannot_be_decoded(source):
    for name in ("00_1.png", "02_0.png"):
        path = source / "images" / name
        path.write_bytes(path.read_bytes()[:50])
    (fault,) = check.check_source("mos_folder", manual_dir=source)
    assert fault.startswith("2 images cannot be decoded, such as 00_1.png (An image")


def test_tells_what_is_missing_of_a_published_number(tmp_path):
    inside = tmp_path / "pristine_images"
    inside.mkdir()
    for number in range(3):
        pixels = np.full((4, 4, 3), 40 * number, np.uint8)
        Image.fromarray(pixels).save(inside / f"{number}.bmp")
    faults = check.check_source("waterloo", manual_dir=tmp_path)
    assert faults == ["3 images were found; 4,744 were published"]


def test_reads_archives(tmp_path):
    def add(archive, name, content):
        info = tarfile.TarInfo(name)
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))

    good = io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(good, "JPEG")
    with tarfile.open(tmp_path / "ILSVRC2012_img_val.tar", "w") as archive:
        add(archive, "ILSVRC2012_val_00000001.JPEG", good.getvalue())
        add(archive, "ILSVRC2012_val_00000002.JPEG", good.getvalue()[:90])
    undecodable, count = check.check_source("imagenet2012", manual_dir=tmp_path)
    assert "1 images cannot be decoded" in undecodable
    assert "ILSVRC2012_val_00000002.JPEG" in undecodable
    assert count.startswith("2 images were found")


def test_what_is_generated_cannot_be_checked(tmp_path):
    with pytest.raises(ValueError, match="which is generated"):
        check.check_source("dead_leaves", manual_dir=tmp_path)


def test_a_missing_folder_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        check.check_source("coco", manual_dir=tmp_path / "nowhere")


@pytest.fixture
def free(monkeypatch):
    """Returns a function that sets the free bytes of the disk."""
    usage = collections.namedtuple("usage", "free")

    def set_free(count):
        monkeypatch.setattr(check.shutil, "disk_usage", lambda folder: usage(count))

    return set_free


def test_a_full_disk_is_told_before_anything_is_built(source, tmp_path, free):
    size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    data_dir = tmp_path / "not" / "there" / "yet"
    free(size)
    with pytest.raises(OSError, match="kB of free disk are expected, to prepare mos_f"):
        prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)
    assert not (tmp_path / "not").exists()
    free(size + size // 10)
    prepared.prepare_dataset("mos_folder", data_dir=data_dir, manual_dir=source)


@pytest.mark.parametrize(
    ("name", "size", "needed"),
    [
        ("waterloo/pristine", 1e9, 1.05e9),
        ("waterloo/distorted", 1e9, 10.5e9),
        ("dead_leaves/side_256_count_10000", 0, 1.05 * 256**2 * 3e4),
    ],
)
def test_room_depends_on_what_is_built(tmp_path, free, name, size, needed):
    builder = builder_of(name, data_dir=tmp_path)
    free(int(needed) + 1)
    check.require_space(builder, root=tmp_path, source_size=int(size))
    free(int(needed) - 1)
    with pytest.raises(OSError, match="Received"):
        check.require_space(builder, root=tmp_path, source_size=int(size))


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (100, "105 bytes of free disk .*Received: 0 bytes in"),
        (2e4, r"21\.0 kB of free disk .*Received: 1\.0 kB in"),
        (3e6, r"3\.1 MB of free disk .*Received: 1\.0 kB in"),
        (4e12, r"4,200\.0 GB of free disk .*Received: 1\.0 kB in"),
    ],
)
def test_amounts_have_a_unit_that_tells_them(tmp_path, free, size, message):
    builder = builder_of("waterloo/pristine", data_dir=tmp_path)
    free(1_000 if size > 100 else 0)
    with pytest.raises(OSError, match=message):
        check.require_space(builder, root=tmp_path, source_size=int(size))
