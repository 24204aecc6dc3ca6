"""Commands return, write and name what they did, on golden scorers and small pictures.

The rows that are frozen have a picture of every status.
"""

import json
from pathlib import Path

import keras
import pytest

from tests.support import command_outputs
from tests.support.frozen import changes

FROZEN = json.loads((Path(__file__).parent / "golden" / "commands.json").read_text())

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="figures of TensorFlow"
)


@pytest.fixture(scope="module")
def current(tmp_path_factory):
    return command_outputs.outputs(tmp_path_factory.mktemp("commands"))


@pytest.mark.parametrize("part", sorted(FROZEN))
def test_nothing_is_gone_or_different(part, current):
    assert list(changes(FROZEN[part], current[part], part)) == []


def test_every_status_is_frozen():
    rows = FROZEN["score"]["table"]["rows"]
    assert [row["status"] for row in rows] == [
        *("ok", "missing", "undecodable", "flat", "too_small", "too_large")
    ]
