"""The interface is what it was: more may be there, nothing may be gone or different."""

import json
from pathlib import Path

import pytest

from tests.support import forked
from tests.support.frozen import changes

ROOT = Path(__file__).parents[1]
FROZEN = json.loads((ROOT / "tests" / "golden" / "interface.json").read_text())


@pytest.fixture(scope="module")
def current(tmp_path_factory):
    """The interface of the package as it is, read in a process of its own."""
    path = tmp_path_factory.mktemp("interface") / "interface.json"
    done = forked.run(ROOT / "tests" / "support" / "interface.py", path)
    assert done.returncode == 0, done.stderr
    return json.loads(path.read_text())


@pytest.mark.parametrize("part", sorted(FROZEN))
def test_nothing_is_gone_or_different(part, current):
    assert list(changes(FROZEN[part], current[part], part)) == []


def test_new_flags_are_not_required(current):
    for command, flags in current["flags"].items():
        new = {name for name in flags if name not in FROZEN["flags"][command]}
        assert not {name for name in new if flags[name]["required"]}, command


@pytest.mark.parametrize(
    ("frozen", "result", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"b": 1}, ["x/a is gone"]),
        ({"a": 1}, {"a": 2}, ["x/a was 1, is 2"]),
        ({"values": ["p"]}, {"values": ["o", "p"]}, []),
        ({"values": ["p"]}, {"values": ["o"]}, ["x/values has no p"]),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, ["x/a was [1, 2], is [1, 2, 3]"]),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["x/a/1 was 2, is 3"]),
        ({"a": 1}, {"a": 1.0}, ["x/a was 1, is 1.0"]),
        ({"a": "0.50000"}, {"a": "0.50001"}, []),
        ({"a": "0.500"}, {"a": "0.502"}, ["x/a was '0.500', is '0.502'"]),
        ({"columns": ["p", "q"]}, {"columns": ["p", "n", "q"]}, []),
        (
            {"columns": ["p", "q"]},
            {"columns": ["q", "p"]},
            ["x/columns were ['p', 'q'], are ['q', 'p']"],
        ),
    ],
)
def test_changes_are_seen_and_additions_are_not(frozen, result, expected):
    assert list(changes(frozen, result, "x")) == expected


def test_frozen_interface_is_not_empty():
    assert len(FROZEN["registered"]) == 28
    assert sum(map(len, FROZEN["flags"].values())) == 117
    assert {len(FROZEN[part]) for part in ("methods", "backbones")} == {8, 9}
