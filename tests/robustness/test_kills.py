"""Commands that are killed at any moment: what is there is whole, or goes on.

The campaign (`-m slow`) kills commands `TFIQA_KILLS` times in all, those that take less
time more often, at moments drawn uniformly over the processor time of each.
`TFIQA_KILL_SCENARIOS` names some of `scenarios`, with commas between; without it, all
are killed. Since files get their places in a moment, some commands are also killed
before each of their last steps.
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
# Shares of the kills; 2 for those that are not here. All together are about 100.
_SHARES = {
    **{"prepare": 17, "score": 17, "evaluate": 14, "export saved_model": 6},
    **{"export over": 6, "export tflite": 6, "export onnx": 6},
}
# Commands that put what they made into place at their end.
LAST_STEPS = ("prepare", "score", "export over", "export tflite", "train niqe")
_STEPS = 8
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


class Trial:
    """Runs of a scenario, whole and killed, each in a folder of its own.

    Args:
        forks: The process that runs commands.
        scenario: What they are.
        folder: Where the folders are made.
    """

    def __init__(self, forks, scenario, folder):
        self.forks, self.scenario, self.folder = forks, scenario, folder
        self.log, self.whole = folder / "log.txt", folder / "whole"
        self.killed, self.broken = 0, {}
        self.whole.mkdir()
        self.complete = self.run(self.whole, scenario.begin)
        assert self.complete["status"] == 0, self.log.read_text()[-3000:]
        self.expected = scenario.result(self.whole)

    def run(self, folder, command, *, seconds=None, step=None):
        module, arguments = command
        job = {
            **{"module": module, "arguments": arguments, "folder": str(folder)},
            **{"log": str(self.log), "seconds": seconds, "step": step},
        }
        return json.loads(self.forks.ask(json.dumps(job), _PATIENCE))

    def kill(self, name, **when):
        """Kills the command once, completes its work, and compares the results."""
        scenario, folder = self.scenario, self.folder / name
        if scenario.replaces:
            shutil.copytree(self.whole, folder)
        else:
            folder.mkdir()
        self.log.write_text("")
        self.killed += self.run(folder, scenario.begin, **when)["status"] == -9
        if scenario.replaces and scenario.result(folder) != self.expected:
            self.broken[name] = "incomplete after the kill"
        command = scenario.go_on(folder)
        status = 0 if command is None else self.run(folder, command)["status"]
        if status != 0:
            self.broken[name] = self.log.read_text()[-1500:]
        elif scenario.result(folder) != self.expected:
            self.broken[name] = "another result"
        shutil.rmtree(folder)


@pytest.fixture
def trial(name, inputs, forks, tmp_path):
    if sys.platform != "linux":
        pytest.skip("reads processor time from /proc")
    if "onnx" in name and importlib.util.find_spec("tf2onnx") is None:
        pytest.skip("needs tf2onnx")
    return Trial(forks, scenarios(inputs)[name], tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_killed_at_any_moment(name, trial):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    total = sum(_SHARES.get(chosen, 2) for chosen in CHOSEN)
    shares = rng.uniform(size=math.ceil(KILLS * _SHARES.get(name, 2) / total)).tolist()
    length = trial.complete["seconds"]
    for share in shares:
        trial.kill(f"{share:.6f}", seconds=share * length)
    write_results(
        f"kills-{name.replace(' ', '-')}",
        {
            **{"runs": len(shares), "killed": trial.killed, "seconds": length},
            **{"shares": shares, "broken": trial.broken},
        },
    )
    assert not trial.broken


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in LAST_STEPS if name in CHOSEN])
def test_killed_before_each_of_the_last_steps(name, trial):
    steps = trial.complete["steps"]
    first = max(1, steps - _STEPS + 1)
    for step in range(first, steps + 1):
        trial.kill(str(step), step=step)
    write_results(
        f"steps-{name.replace(' ', '-')}",
        {
            **{"runs": steps + 1 - first, "killed": trial.killed, "steps": steps},
            "broken": trial.broken,
        },
    )
    assert not trial.broken
