"""Tests of the places where exports are written."""

import pytest

from tfiqa.export import target


def test_targets_are_replaced_only_when_asked(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")
    with (
        pytest.raises(FileExistsError, match="--overwrite"),
        target.replacing(file, overwrite=False),
    ):
        pass
    with target.replacing(file, overwrite=True) as partial:
        partial.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_only_saved_models_are_replaced(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "mine.jpg").touch()
    with (
        pytest.raises(FileExistsError, match="A SavedModel is expected"),
        target.replacing(folder, overwrite=True),
    ):
        pass
    (folder / "saved_model.pb").touch()
    with target.replacing(folder, overwrite=True) as partial:
        partial.mkdir()
    assert not list(folder.iterdir())


def test_an_error_leaves_the_old_target(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")

    def fail():
        with target.replacing(file, overwrite=True) as partial:
            partial.write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
