"""Flags that contradict each other are refused at once."""

import types

import pytest

from tfiqa.cli.flag_error import FlagError
from tfiqa.cli.layout import Layout
from tfiqa.decisions.flags import request_of
from tfiqa.decisions.request import DecisionRequest

FLAGS = (
    *("where", "sort", "top", "bottom", "fail_under", "confident", "group"),
    *("copy", "link", "report", "null", "jsonl"),
    *("output", "overwrite", "isolate", "shard"),
)


def parsed(**values):
    """Returns the request of these flags, and of others as they are by default."""
    switches = dict.fromkeys(("confident", "null", "jsonl", "overwrite"), False)
    every = {**dict.fromkeys(FLAGS), **switches, **values}
    return request_of(types.SimpleNamespace(**every))


@pytest.mark.parametrize(
    ("values", "flag", "message"),
    [
        ({"top": 1, "bottom": 1}, "top", "excludes --bottom"),
        ({"top": 1, "copy": "x", "link": "x"}, "copy", "excludes --link"),
        ({"group": "burst", "top": 1}, "group", "excludes --top"),
        ({"group": "burst", "sort": "score"}, "group", "excludes --sort"),
        ({"group": "burst", "isolate": True}, "group", "excludes --isolate"),
        ({"group": "burst", "shard": "1/2"}, "group", "excludes --shard"),
        ({"confident": True}, "confident", "--fail_under is expected"),
        ({"copy": "x"}, "copy", "--where, --top"),
        ({"link": "x", "sort": "score"}, "link", "--where, --top"),
        ({"null": True, "jsonl": True}, "null", "excludes --jsonl"),
        ({"null": True, "output": "x.csv"}, "null", "excludes --output"),
        ({"jsonl": True, "output": "x.csv"}, "jsonl", "excludes --output"),
        ({"fail_under": float("nan")}, "fail_under", "A number"),
        ({"top": 1, "copy": ""}, "copy", "an empty name"),
        ({"report": __file__}, "report", "A folder is expected"),
    ],
)
def test_contradictions(values, flag, message):
    with pytest.raises(FlagError, match=message) as caught:
        parsed(**values)
    assert caught.value.flag == flag


def test_a_page_is_replaced_only_if_that_is_asked_for(tmp_path):
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(FlagError, match="--overwrite"):
        parsed(report=str(tmp_path))
    assert parsed(report=str(tmp_path), overwrite=True).report == str(tmp_path)


def test_flags_become_a_request():
    assert parsed() == DecisionRequest()
    assert parsed().is_empty
    assert parsed(null=True).is_empty
    result = parsed(where="score < 4", sort="-score", jsonl=True, copy="x")
    expected = DecisionRequest(where="score < 4", sort="-score", form="jsonl", copy="x")
    assert result == expected
    assert not result.is_empty
    assert parsed(fail_under=4.0, confident=True).needs_intervals


def test_bursts_need_their_package(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FlagError, match=r"tfiqa\[burst\]"):
        DecisionRequest(group="burst")


def test_columns_are_those_of_the_rows():
    with pytest.raises(FlagError, match="one of path, score, status"):
        DecisionRequest(where="low < 3").condition(Layout())
    with pytest.raises(FlagError, match="Received: '-high'"):
        DecisionRequest(sort="-high").condition(Layout())
    with pytest.raises(FlagError, match="one of path"):
        DecisionRequest(where="group < 3").condition(Layout(grouped=True))
    layout = Layout(intervals=True, others=("niqe",))
    condition = DecisionRequest(where="low < score_niqe").condition(layout)
    assert condition({"low": 1.0, "score_niqe": 2.0})
