"""A device that runs out of memory is an error that names flags."""

import keras
import pytest

from tests.trainers import toy_contrast
from tfiqa import trainers
from tfiqa.trainers.remedies import Remedies
from tfiqa.trainers.remedies import TooLargeStep
from tfiqa.trainers.remedies import explained
from tfiqa.trainers.remedies import is_out_of_memory


class JaxRuntimeError(RuntimeError):
    """The class of the same name in JAX, whose message says all."""


class ResourceExhaustedError(Exception):
    """The class of the same name in TensorFlow."""


OUT_OF_MEMORY = [
    JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 9 B."),
    ResourceExhaustedError("OOM when allocating tensor with shape[4096]"),
    ResourceExhaustedError("failed to allocate memory [Op:Conv2D]"),
]


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_no_memory_is_told_with_the_flags_that_are_left(error):
    with pytest.raises(TooLargeStep) as caught, explained(Remedies(True, False)):
        raise error
    message = str(caught.value)
    assert "--micro_batch" in message
    assert "--mixed_precision" not in message
    assert "a smaller batch" in message
    assert str(error) in message


@pytest.mark.parametrize(
    "error", [ResourceExhaustedError("/a: No space left on device"), ValueError("OOM")]
)
def test_other_errors_stay(error):
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)), explained(Remedies(True, True)):
        raise error


def test_flags_are_those_that_the_training_has(tmp_path):
    plain = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    run = trainers.Run(tmp_path)
    assert Remedies.of(plain, run) == Remedies(False, True)
    with_field = trainers.Run(tmp_path, has_micro_batch=True, mixed_precision=True)
    assert Remedies.of(plain, with_field) == Remedies(True, False)
    assert Remedies.of(toy_contrast.build(), run).micro_batch
    assert str(Remedies(False, True)) == (
        "Try --mixed_precision, a smaller batch or smaller crops."
    )
