"""Training that is killed goes on to the result that it would have had."""

import json
import signal
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support import forked
from tfiqa import trainers
from tfiqa.trainers.state import TrainingState

PROGRAM = Path(__file__).with_name("resumable.py")


def start(folder, mode):
    folder.mkdir(exist_ok=True)
    with (folder / "output.txt").open("w") as output:
        return forked.start(PROGRAM, folder, mode, stdout=output, stderr=output)


def finished(process, folder):
    code = process.wait()
    output = (folder / "output.txt").read_text()
    assert code == 0, output
    return output


def weights(folder):
    with np.load(folder / "weights.npz") as arrays:
        return [arrays[name] for name in arrays.files]


def test_a_killed_training_resumes_to_the_same_result(tmp_path):
    whole = start(tmp_path / "whole", "start")
    killed = start(tmp_path / "killed", "start")
    deadline = time.monotonic() + 240
    while not list((tmp_path / "killed").glob("state-0001")):
        assert killed.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "weights.npz").exists()
    output = finished(start(tmp_path / "killed", "resume"), tmp_path / "killed")
    finished(whole, tmp_path / "whole")

    assert "Epoch 1/5" not in output
    assert "Epoch 5/5" in output
    for result, expected in zip(
        weights(tmp_path / "killed"), weights(tmp_path / "whole"), strict=True
    ):
        np.testing.assert_array_equal(result, expected)
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("killed", "whole")]
    assert logs[0] == logs[1]
    assert len(logs[0].splitlines()) == 6


class Quality(keras.callbacks.Callback):
    """Adds given values to the log, and the model's weight to a list."""

    def __init__(self, values):
        super().__init__()
        self.values, self.seen = values, []

    def on_epoch_end(self, epoch, logs=None):
        logs["val_srocc"] = self.values[epoch]
        self.seen.append(float(self.model.get_weights()[0][0, 0]))


@pytest.fixture
def model():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def batches(first):
    import tensorflow as tf

    pixels = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((pixels, pixels[:, :1])).batch(2)
    return data.skip(4 * first.epoch + first.step)


@pytest.mark.parametrize(
    ("values", "best"),
    [([0.1, 0.3, 0.2], 1), ([float("nan"), 0.1, 0.0], 1), ([0.5, 0.5, 0.5], 0)],
)
def test_the_best_epoch_is_kept(model, tmp_path, values, best):
    quality = Quality(values)
    trainers.fit(
        model,
        batches,
        epochs=3,
        steps_per_epoch=4,
        run=trainers.Run(tmp_path, verbose=0),
        callbacks=[quality],
        monitor="val_srocc",
    )
    assert float(model.get_weights()[0][0, 0]) == quality.seen[best]
    assert len(set(quality.seen)) == 3
    (state,) = tmp_path.glob("state-*")
    record = json.loads((state / "log.json").read_text())
    assert record["best_epoch"] == best
    trainers.delete_state(tmp_path)
    assert not list(tmp_path.glob("state-*"))


def test_a_half_written_state_is_not_read(model, tmp_path):
    run = trainers.Run(tmp_path, verbose=0)
    trainers.fit(model, batches, epochs=2, steps_per_epoch=4, run=run)
    (tmp_path / "state-0009.tmp").mkdir()
    state = TrainingState(tmp_path, monitor=None)
    assert state.restore(model) == (2, 0)


def test_the_state_of_another_model_is_refused(model, tmp_path):
    run = trainers.Run(tmp_path, verbose=0)
    trainers.fit(model, batches, epochs=1, steps_per_epoch=4, run=run)
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    other.compile("adam", "mse")
    with pytest.raises(ValueError, match="another model"):
        TrainingState(tmp_path, monitor=None).restore(other)


def test_an_epoch_without_a_batch_is_refused(model, tmp_path):
    with pytest.raises(ValueError, match="steps_per_epoch=0"):
        trainers.fit(
            model, batches, epochs=1, steps_per_epoch=0, run=trainers.Run(tmp_path)
        )


def test_replicas_share_a_batch_evenly(tmp_path):
    class ThreeReplicas:
        num_replicas_in_sync = 3

    run = trainers.Run(tmp_path, strategy=ThreeReplicas())
    run.check_batch(6)
    with pytest.raises(ValueError, match="batch_size=8"):
        run.check_batch(8)
    message = r"`scenes` .*scenes=9, 1 more .*12.5 %.*Received: scenes=8"
    with pytest.raises(ValueError, match=message):
        run.check_batch(8, "scenes")


@pytest.mark.parametrize("keeps_last", [False, True])
def test_the_best_epoch_is_kept_unless_the_last_is_asked_for(tmp_path, keeps_last):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    seen = []

    def grade(epoch, logs):
        seen.append([np.copy(array) for array in model.get_weights()])
        logs["grade"] = -float(epoch)

    rows = np.ones((4, 1), "float32")
    trainers.fit(
        model,
        lambda first: tf.data.Dataset.from_tensors((rows, rows)).repeat(),
        epochs=3,
        steps_per_epoch=1,
        run=trainers.Run(tmp_path, verbose=0, keeps_last=keeps_last),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=grade)],
        monitor="grade",
    )
    for array, expected in zip(
        model.get_weights(), seen[-1 if keeps_last else 0], strict=True
    ):
        np.testing.assert_array_equal(array, expected)
    assert np.any(seen[0][0] != seen[-1][0])
