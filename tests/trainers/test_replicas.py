"""Two replicas train as one device does with the whole batch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

PROGRAM = Path(__file__).with_name("replicas.py")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="strategies are TensorFlow's"
)
def test_a_step_of_hyperiqa_on_two_replicas_is_that_of_one_device():
    done = subprocess.run(
        [sys.executable, PROGRAM],
        env={**os.environ, "PYTHONPATH": str(PROGRAM.parents[2])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    largest = json.loads(done.stdout.splitlines()[-1])
    assert largest["True"] <= 1e-6
    assert largest["False"] > 1e-2  # Without synchronized statistics it must differ.
