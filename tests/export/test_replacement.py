"""Tests of the places where exports are written."""

import pytest

from tfiqa.export import replacement


def test_targets_are_replaced_only_when_asked(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")
    with (
        pytest.raises(FileExistsError, match="--overwrite"),
        replacement.replacing(file, overwrite=False),
    ):
        pass
    with replacement.replacing(file, overwrite=True) as partial:
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
        replacement.replacing(folder, overwrite=True),
    ):
        pass
    (folder / "saved_model.pb").touch()
    with replacement.replacing(folder, overwrite=True) as partial:
        partial.mkdir()
    assert not list(folder.iterdir())


def test_an_error_leaves_the_old_target(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")

    def fail():
        with replacement.replacing(file, overwrite=True) as partial:
            partial.write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_beside_the_target_stays_as_it_is(tmp_path):
    (tmp_path / "model.partial").mkdir()
    mine = tmp_path / "model.partial" / "mine.txt"
    mine.write_text("mine")
    with replacement.replacing(tmp_path / "model", overwrite=True) as partial:
        partial.mkdir()
    assert mine.read_text() == "mine"


def test_what_comes_with_the_target_is_checked_before_it_is_written(tmp_path):
    file, card = tmp_path / "a.tflite", tmp_path / "a.tflite.md"
    card.write_text("old")
    with (
        pytest.raises(FileExistsError, match=r"a\.tflite\.md"),
        replacement.replacing(file, overwrite=False, beside=[".md"]),
    ):
        pytest.fail("Nothing may be written.")
    with replacement.replacing(file, overwrite=True, beside=[".md"]) as partial:
        partial.write_text("new")
        partial.with_name("a.tflite.md").write_text("new")
        assert card.read_text() == "old"
    assert (file.read_text(), card.read_text()) == ("new", "new")
    assert sorted(tmp_path.iterdir()) == [file, card]


def test_two_processes_do_not_write_one_target(tmp_path):
    path = tmp_path / "a.onnx"
    with replacement.replacing(path, overwrite=False) as partial:
        partial.write_text("first")
        with (
            pytest.raises(ValueError, match=r"no other process is writing.*a\.onnx"),
            replacement.replacing(path, overwrite=False),
        ):
            pass
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]
