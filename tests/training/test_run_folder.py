"""Tests of the folder of a run."""

import json

import keras
import pytest

from tests.support.toy_source import toy_source
from tfiqa.files.lock import InUseError
from tfiqa.files.lock import locked
from tfiqa.training import run_folder

FACTS = {"method": "x", "seed": 0, "config": {"sizes": (1, 2)}}


def opened(folder, facts=FACTS, *, resume=False, overwrite=False):
    return run_folder.open_folder(folder, facts, resume=resume, overwrite=overwrite)


def record(folder):
    return json.loads((folder / "run.json").read_text())


def test_record_tells_facts_versions_and_outcome(tmp_path):
    folder = opened(tmp_path / "runs" / "a")
    run_folder.complete(folder, {"seconds": 3.0})
    message = record(folder)
    assert message["seed"] == 0
    assert message["config"] == {"sizes": [1, 2]}
    assert message["outcome"] == {"seconds": 3.0}
    assert message["versions"]["keras"] == keras.__version__
    assert {"tfiqa", "tensorflow", "numpy", "python", "backend"} <= message[
        "versions"
    ].keys()


def test_nothing_is_overwritten_unasked(tmp_path):
    folder = opened(tmp_path / "a")
    (folder / "log.csv").write_text("kept")
    with pytest.raises(ValueError, match=r"--resume.*--overwrite"):
        opened(folder)
    assert (folder / "log.csv").read_text() == "kept"


def test_resumes_the_same_run_only(tmp_path):
    folder = opened(tmp_path / "a")
    (folder / "log.csv").write_text("kept")
    assert opened(folder, resume=True) == folder
    assert (folder / "log.csv").exists()
    with pytest.raises(ValueError, match="seed was 0, is 5"):
        opened(folder, {**FACTS, "seed": 5}, resume=True)


def test_a_complete_run_is_not_resumed(tmp_path):
    folder = opened(tmp_path / "a")
    run_folder.complete(folder, {})
    with pytest.raises(ValueError, match="complete"):
        opened(folder, resume=True)


def test_runs_that_left_nothing_are_discarded(tmp_path):
    folder = opened(tmp_path / "a")
    (folder / "quality").mkdir()
    (folder / "quality" / "log.csv").touch()
    run_folder.discard_empty(folder)
    assert record(folder)["method"] == "x"
    (folder / "quality" / "log.csv").unlink()
    run_folder.discard_empty(folder)
    assert not folder.exists()
    (tmp_path / "other").mkdir()
    run_folder.discard_empty(tmp_path / "other")
    assert (tmp_path / "other").exists()


def test_overwrite_removes_runs_and_nothing_else(tmp_path):
    folder = opened(tmp_path / "a")
    (folder / "state-0001").mkdir()
    assert opened(folder, overwrite=True) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["run.json"]
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter").write_text("dear")
    with pytest.raises(ValueError, match="earlier run"):
        opened(tmp_path / "home", overwrite=True)
    assert (tmp_path / "home" / "letter").exists()


def test_resume_without_a_run_starts_one(tmp_path):
    assert opened(tmp_path / "a", resume=True).is_dir()


def test_an_example_is_the_published_picture(tmp_path):
    source = toy_source(3)
    path = run_folder.save_example(source, tmp_path)
    assert path.name == "example.png"
    first = next(iter(source.examples.as_numpy_iterator()))
    assert path.read_bytes() == first["image"]


@pytest.mark.parametrize("content", ["[]", '"text"', "3", "null", "{", ""])
def test_a_record_that_is_none_is_told(tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(ValueError, match=r"record of a run is expected in .*run\.json"):
        run_folder.open_folder(tmp_path, {}, resume=True, overwrite=False)
    assert (tmp_path / "run.json").read_text() == content


def test_two_processes_do_not_share_a_folder(tmp_path):
    with locked(tmp_path / "run"), pytest.raises(ValueError, match="no other process"):
        opened(tmp_path / "run")
    opened(tmp_path / "run")
    try:
        with pytest.raises(InUseError), locked(tmp_path / "run"):
            pass
    finally:
        run_folder.release(tmp_path / "run")
    with locked(tmp_path / "run"):
        pass


def test_a_kill_after_the_outcome_leaves_no_state(tmp_path):
    opened(tmp_path)
    run_folder.complete(tmp_path, {"test": {}})
    (tmp_path / "state-0003").mkdir()
    with pytest.raises(ValueError, match="complete"):
        opened(tmp_path, resume=True)
    assert not list(tmp_path.glob("state-*"))
    run_folder.release(tmp_path)
