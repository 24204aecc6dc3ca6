"""Tests of the progress bar."""

import pytest

from tfiqa.cli.progress import Progress
from tfiqa.cli.progress import with_progress


@pytest.fixture(params=[True, False], ids=["terminal", "file"])
def is_terminal(request, monkeypatch):
    """Whether standard error, of whatever test, is a terminal."""
    monkeypatch.setattr("tfiqa.cli.progress.is_terminal", lambda: request.param)
    return request.param


def test_the_bar_shows_on_terminals_only(is_terminal, capsys):
    progress = Progress(3)
    for done in (1, 2, 3):
        progress.show(done)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("3/3" in shown.err) == is_terminal
    assert shown.err == "" or shown.err.endswith("\n")


def test_a_bar_that_is_off_never_shows(capsys, monkeypatch):
    monkeypatch.setattr("tfiqa.cli.progress.is_terminal", lambda: True)
    Progress(1, on=False).show(1)
    assert capsys.readouterr().err == ""


def test_messages_are_whole_lines_between(is_terminal, capsys):
    progress = Progress(2)
    progress.show(1)
    progress.message("a.png: broken")
    progress.show(2)
    # What a terminal shows of a line is what follows its last return.
    lines = [line.rpartition("\r")[2] for line in capsys.readouterr().err.split("\n")]
    assert lines[0] == "a.png: broken"
    assert ("2/2" in lines[1]) == is_terminal


@pytest.mark.parametrize("total", [None, 4])
def test_items_pass_through(is_terminal, capsys, total):
    assert list(with_progress(range(4), total=total, title="Reading")) == [0, 1, 2, 3]
    shown = capsys.readouterr().err
    assert ("Reading" in shown) == is_terminal


def test_a_bar_ends_where_its_reader_stops(is_terminal, capsys):
    items = with_progress(range(9), total=9)
    next(items)
    items.close()
    shown = capsys.readouterr().err
    assert shown.endswith("\n") == is_terminal
