"""Two replicas train as one device does with the whole batch."""

import json
from pathlib import Path

import keras
import pytest

from tests.support import forked

FOLDER = Path(__file__).parent


pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="strategies are TensorFlow's"
)


def differences(program):
    done = forked.run(FOLDER / program)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_step_of_hyperiqa_on_two_replicas_is_that_of_one_device():
    largest = differences("replicas.py")
    assert largest["True"] <= 1e-6
    assert largest["False"] > 1e-2  # Without synchronized statistics it must differ.


def test_a_step_of_contrast_on_two_replicas_is_that_of_one_device():
    largest = differences("contrast_replicas.py")
    assert largest["global"] <= 1e-6
    assert largest["loss"] <= 1e-9
    assert largest["own batch"] > 1e-2


def test_a_step_of_contentsep_on_two_replicas_is_that_of_one_device():
    largest = differences("content_replicas.py")
    assert largest["True"] <= 1e-6
    assert largest["False"] > 1e-2


def test_a_step_of_momentum_contrast_on_two_replicas_is_that_of_one_device():
    result = differences("momentum_replicas.py")
    for negatives in ("batch", "queue"):
        assert result[f"{negatives}, dealt"] <= 1e-6
        assert result[f"{negatives}, as they come"] > 1e-2
        assert result[f"{negatives}, same"]


def test_a_step_part_by_part_on_two_replicas_is_that_of_one_device():
    assert max(differences("part_replicas.py").values()) <= 1e-6
