"""Small databases in their published layouts."""

import csv
import os

import pytest

from tests.datasets import layouts


@pytest.fixture(scope="session")
def write_published():
    """Returns a function from a name and a folder: writes a tiny such database.

    Pictures alone are written for those without a layout.
    """

    def write(name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        getattr(layouts, f"write_{name}", layouts.write_pictures)(folder)
        return folder

    return write


@pytest.fixture
def published_folder(tmp_path, write_published):
    """Returns a function from a name to the folder of a tiny such database."""
    return lambda name: write_published(name, tmp_path / name)


@pytest.fixture
def touch(tmp_path):
    """Returns a function that makes empty files of these names below `tmp_path`."""

    def make(names):
        names = list(names)
        for folder in {os.path.dirname(name) for name in names}:
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        for name in names:  # without Path: there are up to 39,810 of them
            os.close(os.open(f"{tmp_path}/{name}", os.O_CREAT))
        return tmp_path

    return make


@pytest.fixture
def metadata(shared):
    """The folder of real score files."""
    return shared / "data" / "metadata"


@pytest.fixture
def uniform(metadata):
    """Returns a function from a database to the rows of its uniform table."""

    def rows(name):
        path = metadata / "uniform" / f"{name}.txt"
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return rows
