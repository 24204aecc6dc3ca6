"""Commands that are killed at any moment: what is there is whole, or goes on.

The campaign (`-m slow`) kills each command `TFIQA_KILLS` times, at moments drawn
uniformly over its working phase. `TFIQA_KILL_SCENARIOS` names some of `scenarios`,
with commas between; without it, all are killed.
"""

import json
import os

import numpy as np
import pytest

from tests.methods.test_contract import FAST
from tests.robustness.asking import Worker
from tests.robustness.results import write_results
from tests.robustness.scenarios import prepare_inputs
from tests.robustness.scenarios import scenarios

KILLS = int(os.environ.get("TFIQA_KILLS", "100"))
NAMES = [
    *("prepare", "score", "evaluate", "export"),
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
@pytest.mark.parametrize("name", CHOSEN)
def test_killed_at_any_moment(name, inputs, forks, tmp_path):
    scenario = scenarios(inputs)[name]

    def run(folder, command, seconds=None):
        module, arguments = command
        job = {
            **{"module": module, "arguments": arguments, "folder": str(folder)},
            **{"log": str(tmp_path / "log.txt"), "seconds": seconds},
        }
        return json.loads(forks.ask(json.dumps(job), _PATIENCE))

    whole = tmp_path / "whole"
    whole.mkdir()
    answer = run(whole, scenario.begin)
    assert answer["status"] == 0, (tmp_path / "log.txt").read_text()[-3000:]
    expected, length = scenario.result(whole), answer["seconds"]
    moments, broken, killed = [], {}, 0
    rng = np.random.default_rng(0)
    for number in range(KILLS):
        folder = tmp_path / str(number)
        folder.mkdir()
        moments.append(float(rng.uniform(0, length)))
        (tmp_path / "log.txt").write_text("")
        killed += run(folder, scenario.begin, moments[-1])["status"] == -9
        command = scenario.go_on(folder)
        status = 0 if command is None else run(folder, command)["status"]
        if status != 0:
            broken[moments[-1]] = (tmp_path / "log.txt").read_text()[-1500:]
        elif scenario.result(folder) != expected:
            broken[moments[-1]] = "another result"
    counts, _ = np.histogram(moments, bins=10, range=(0, length))
    write_results(
        f"kills-{name.replace(' ', '-')}",
        {
            **{"runs": KILLS, "killed": killed, "seconds": length},
            **{"histogram": counts.tolist(), "broken": broken},
        },
    )
    assert not broken
