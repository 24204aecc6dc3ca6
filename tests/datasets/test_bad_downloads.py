"""What is wrong with a download is told, by every builder of a database."""

import importlib

import pytest

from tests.datasets import layouts
from tfiqa.data import builders
from tfiqa.data import prepared
from tfiqa.datasets.database import DatabaseBuilder

TABLES = {".csv", ".mat", ".txt", ".xls", ".xlsx"}


def reader_of(name):
    module = f"tfiqa.datasets.{name}.{name}_dataset_builder"
    return importlib.import_module(module).Builder


NAMES = [
    name for name in builders.names() if issubclass(reader_of(name), DatabaseBuilder)
]
SCORED = [name for name in NAMES if reader_of(name).FACTS.range]


@pytest.fixture(scope="module")
def downloads(tmp_path_factory):
    """Returns a function from a name to a folder, and how to read it."""
    folders = {}

    def download(name):
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp(name)
            getattr(layouts, f"write_{name}")(folders[name])
        builder = builders.builder_of(name, data_dir=tmp_path_factory.getbasetemp())
        return folders[name], lambda folder: {
            part: list(rows) for part, rows in builder.examples(folder).items()
        }

    return download


@pytest.mark.parametrize("name", NAMES)
def test_the_wrong_folder_is_told(tmp_path, name):
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "notes.txt").write_text("nothing of the kind")
    with pytest.raises(ValueError, match=r"notes\.txt|wrong"):
        prepared.prepare_dataset(
            name, data_dir=tmp_path / "prepared", manual_dir=tmp_path / "wrong"
        )
    assert not list((tmp_path / "prepared").glob("*"))


@pytest.mark.parametrize("name", SCORED)
def test_a_missing_picture_is_told(downloads, name):
    folder, read = downloads(name)
    path = list(read(folder).values())[-1][-1]["image"]
    aside = path.rename(path.with_suffix(".aside"))
    try:
        with pytest.raises(ValueError, match=r"without an image|named like") as caught:
            read(folder)
    finally:
        aside.rename(path)
    # Numbers alone tell the scores of MDID.
    assert path.stem.lower() in str(caught.value).lower() or name == "mdid"


@pytest.mark.parametrize("name", SCORED)
def test_a_spare_picture_is_told(downloads, name):
    folder, read = downloads(name)
    path = list(read(folder).values())[-1][-1]["image"]
    spare = path.with_name(path.name.replace(path.stem[-1], "x_y"))
    spare.write_bytes(path.read_bytes())
    try:
        if name == "koniq10k":  # as published
            read(folder)
        elif name == "ivc":  # what is not named like a distorted picture is an original
            assert spare not in [row["image"] for row in read(folder)["train"]]
        else:
            with pytest.raises(ValueError, match=r"without a row|other names"):
                read(folder)
    finally:
        spare.unlink()


@pytest.mark.parametrize("name", NAMES)
def test_half_a_table_is_told(downloads, name):
    if not reader_of(name).FACTS.range:
        pytest.skip("no scores")
    folder, read = downloads(name)
    tables = [path for path in folder.rglob("*") if path.suffix in TABLES]
    faults = []
    for path in tables:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        try:
            read(folder)
        except ValueError as error:
            faults.append(str(error))
        finally:
            path.write_bytes(whole)
    assert faults
    assert all("Received: " in fault for fault in faults)
