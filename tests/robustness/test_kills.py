"""Commands that are killed at any moment: what is there is whole, or goes on.

The campaign (`-m slow`) kills commands `TFIQA_KILLS` times in all, in equal shares, at
moments drawn uniformly over the processor time of each. `TFIQA_KILL_SCENARIOS` names
some of `scenarios`, with commas between; without it, all are killed.
"""

import importlib.util
import json
import math
import os
import shutil
import sys
import zlib

import numpy as np
import pytest

from tests.robustness.asking import Worker
from tests.robustness.results import write_results
from tests.robustness.scenarios import prepare_inputs
from tests.robustness.scenarios import scenarios
from tests.support.tiny_scorers import FAST

KILLS = int(os.environ.get("TFIQA_KILLS", "100"))
NAMES = [
    *("prepare", "score", "evaluate", "export saved_model", "export over"),
    *("export tflite", "export onnx"),
    *(f"train {name}" for name in FAST if name != "piqe"),
]
CHOSEN = os.environ.get("TFIQA_KILL_SCENARIOS", ",".join(NAMES)).split(",")
_PATIENCE = 900.0


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    prepare_inputs(folder)
    return folder


@pytest.fixture(scope="module")
def forks():
    with Worker("tests.robustness.forks") as worker:
        yield worker


def test_every_scenario_is_named(tmp_path):
    assert list(scenarios(tmp_path)) == NAMES


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads processor time from /proc")
@pytest.mark.parametrize("name", CHOSEN)
def test_killed_at_any_moment(name, inputs, forks, tmp_path):
    if "onnx" in name and importlib.util.find_spec("tf2onnx") is None:
        pytest.skip("needs tf2onnx")
    scenario, log = scenarios(inputs)[name], tmp_path / "log.txt"

    def run(folder, command, seconds=None):
        module, arguments = command
        job = {
            **{"module": module, "arguments": arguments, "folder": str(folder)},
            **{"log": str(log), "seconds": seconds},
        }
        return json.loads(forks.ask(json.dumps(job), _PATIENCE))

    whole = tmp_path / "whole"
    whole.mkdir()
    answer = run(whole, scenario.begin)
    assert answer["status"] == 0, log.read_text()[-3000:]
    expected, length = scenario.result(whole), answer["seconds"]
    shares, broken, killed = [], {}, 0
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    for number in range(math.ceil(KILLS / len(CHOSEN))):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder) if scenario.replaces else folder.mkdir()
        shares.append(float(rng.uniform()))
        log.write_text("")
        killed += run(folder, scenario.begin, shares[-1] * length)["status"] == -9
        if scenario.replaces and scenario.result(folder) != expected:
            broken[shares[-1]] = "incomplete after the kill"
        command = scenario.go_on(folder)
        status = 0 if command is None else run(folder, command)["status"]
        if status != 0:
            broken[shares[-1]] = log.read_text()[-1500:]
        elif scenario.result(folder) != expected:
            broken[shares[-1]] = "another result"
    write_results(
        f"kills-{name.replace(' ', '-')}",
        {
            **{"runs": len(shares), "killed": killed, "seconds": length},
            **{"shares": shares, "broken": broken},
        },
    )
    assert not broken
