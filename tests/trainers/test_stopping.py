"""A training that SIGTERM stops within an epoch resumes there, bit for bit."""

import dataclasses
import json
import os
import signal
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_source import toy_source
from tests.trainers import toy_contrast
from tfiqa import trainers
from tfiqa.cli.command import Terminated
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import hyperiqa
from tfiqa.methods import reiqa
from tfiqa.trainers import stopping
from tfiqa.trainers.position import Position
from tfiqa.trainers.position import position_of
from tfiqa.trainers.position import state_name
from tfiqa.trainers.progress import Progress
from tfiqa.trainers.state import StateError
from tfiqa.trainers.state import TrainingState

STEPS = 4


def dense(run):
    """Dropout draws random numbers; accuracy is a metric that must go on."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dropout(0.5, seed=3),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.1),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(8 * 3 * STEPS, 6)).astype("float32")
    data = tf.data.Dataset.from_tensor_slices((rows, rows[:, :3].argmax(1)))

    def batches(first):
        start = STEPS * first.epoch + first.step
        return data.batch(8, drop_remainder=True).skip(start)

    trainers.fit(model, batches, epochs=3, steps_per_epoch=STEPS, run=run)
    return [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]


def momentum(run):
    trainee = toy_contrast.build(momentum=0.9)

    def batches(first):
        seeds = range(STEPS * first.epoch + first.step, 3 * STEPS)
        views = [toy_contrast.views(8, seed) for seed in seeds]
        queries, keys = (
            np.stack(v).astype("float32") for v in zip(*views, strict=True)
        )
        return tf.data.Dataset.from_tensor_slices((queries, keys))

    trainers.fit(trainee, batches, epochs=3, steps_per_epoch=STEPS, run=run)
    return trainee.get_weights()  # With its queue.


def content_expert(run):
    changes = {"patch_size": 32, "batch_size": 4, "queue_size": 16, "projection": 8}
    config = override(reiqa.Config(), reiqa.QUICK).alone("content")
    config = dataclasses.replace(config, **changes, epochs=3, bn_groups=1)
    images = of_source(toy_source(4 * STEPS))
    return reiqa.training.pretrain(config, images, run).get_weights()


def hyper_network(run):
    """Its schedule clears the moments of the optimizer when an epoch begins."""
    config = override(
        hyperiqa.Config(),
        {
            **hyperiqa.QUICK,
            **{"crop_size": 32, "hidden": (8, 4), "content_length": 64, "grid": 1},
            **{"patches": 2, "batch_size": 4, "epochs": 3},
            "schedule": "official_intended",
        },
    )
    sources = Sources(toy_source(2 * STEPS), toy_source(5))
    return hyperiqa.train(config, sources, run).get_weights()


KINDS = [dense, momentum]
if keras.backend.backend() == "tensorflow":  # JAX compiles the pipelines' sizes anew.
    KINDS += [content_expert, hyper_network]


@pytest.fixture
def sigterm(monkeypatch):
    """Sends this process the signal in a given step of the process."""

    def arm(step):
        seen = []

        def begun(self, batch, logs=None):
            seen.append(batch)
            if len(seen) == step:
                os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(Progress, "on_train_batch_begin", begun)

    return arm


def states(folder):
    return sorted(path.name for path in folder.glob("state-*"))


@pytest.mark.parametrize("train", KINDS)
def test_a_stopped_training_resumes_at_the_step_bit_for_bit(train, tmp_path, sigterm):
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    whole = train(trainers.Run(tmp_path / "whole", verbose=0))
    sigterm(STEPS + 3)
    with pytest.raises(Terminated, match=r"in the middle of epoch 2; .* --resume"):
        train(trainers.Run(tmp_path / "cut", verbose=0))
    assert states(tmp_path / "cut") == ["state-0001-step-00000003"]
    resumed = train(trainers.Run(tmp_path / "cut", verbose=0, resume=True))
    for one, other in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(one, other)
    logs = [(tmp_path / name / "log.csv").read_text() for name in ("cut", "whole")]
    assert logs[0] == logs[1]
    assert states(tmp_path / "cut") == states(tmp_path / "whole") == ["state-0002"]


def test_a_callback_that_ends_a_resumed_epoch_ends_the_training(tmp_path, sigterm):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows, epochs = np.ones((4, 1), "float32"), []

    class End(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            epochs.append(epoch)
            self.model.stop_training = True

    def fit(**options):
        trainers.fit(
            model,
            lambda first: tf.data.Dataset.from_tensors((rows, rows)).repeat(),
            epochs=3,
            steps_per_epoch=STEPS,
            run=trainers.Run(tmp_path, verbose=0, **options),
            callbacks=[End()],
        )

    sigterm(2)
    with pytest.raises(Terminated):
        fit()
    fit(resume=True)
    assert epochs == [0]


def test_in_the_last_step_the_epoch_is_finished(tmp_path, sigterm):
    sigterm(STEPS)
    with pytest.raises(Terminated, match="at the end of epoch 1"):
        dense(trainers.Run(tmp_path, verbose=0))
    assert states(tmp_path) == ["state-0000"]


def test_states_within_epochs_replace_one_another(tmp_path, monkeypatch):
    written = []
    write = TrainingState._write

    def noting(self, position, **options):
        write(self, position, **options)
        written.append((position, states(tmp_path)))

    monkeypatch.setattr(TrainingState, "_write", noting)
    (tmp_path / "state-0000-step-00000009.tmp").mkdir()  # Killed while writing.
    dense(trainers.Run(tmp_path, verbose=0, checkpoint_minutes=1e-9))
    assert [position for position, _ in written] == [
        Position(epoch + (step == STEPS), step % STEPS)
        for epoch in range(3)
        for step in range(1, STEPS + 1)
    ]
    assert all(found == [state_name(position)] for position, found in written)


def test_without_minutes_states_are_written_at_the_ends_of_epochs(
    tmp_path, monkeypatch
):
    written = []
    monkeypatch.setattr(
        TrainingState, "_write", lambda self, p, **options: written.append(p)
    )
    dense(trainers.Run(tmp_path, verbose=0, checkpoint_minutes=0))
    assert written == [(1, 0), (2, 0), (3, 0)]


def test_the_latest_state_is_the_one_of_the_latest_step(tmp_path):
    names = [
        *("state-0000-step-00000007", "state-0000", "state-0001-step-00000002"),
        *("state-0001", "state-9999", "state-10000"),
    ]
    assert sorted(reversed(names), key=lambda n: position_of(tmp_path / n)) == names
    for position in (Position(0, 3), Position(1, 0), Position(12345, 6)):
        assert position_of(tmp_path / state_name(position)) == position


def test_the_best_epoch_survives_states_within_epochs(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    seen = []

    def grade(epoch, logs):
        seen.append(model.get_weights())
        logs["grade"] = -float(epoch)

    rows = np.ones((4, 1), "float32")
    trainers.fit(
        model,
        lambda first: tf.data.Dataset.from_tensors((rows, rows)).repeat(),
        epochs=3,
        steps_per_epoch=2,
        run=trainers.Run(tmp_path, verbose=0, checkpoint_minutes=1e-9),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=grade)],
        monitor="grade",
    )
    for array, expected in zip(model.get_weights(), seen[0], strict=True):
        np.testing.assert_array_equal(array, expected)


def test_a_state_of_longer_epochs_is_refused(tmp_path, sigterm):
    sigterm(3)
    with pytest.raises(Terminated):
        dense(trainers.Run(tmp_path, verbose=0))
    (state,) = tmp_path.glob("state-*")
    assert json.loads((state / "log.json").read_text())["step"] == 3
    model = keras.Sequential(
        [keras.Input((6,)), keras.layers.Dropout(0.5), keras.layers.Dense(3)]
    )
    model.compile(keras.optimizers.Adam(), "mse")
    with pytest.raises(StateError, match="of 3 steps, where epochs have 2"):
        trainers.fit(
            model,
            lambda first: tf.data.Dataset.from_tensors(np.ones((1, 6))),
            epochs=1,
            steps_per_epoch=2,
            run=trainers.Run(tmp_path, verbose=0, resume=True),
        )


def test_a_second_signal_ends_at_once():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def twice():
        with stopping.stoppable() as request:
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append(request.made)
            os.kill(os.getpid(), signal.SIGTERM)
            seen.append("the second signal was ignored")

    with pytest.raises(Terminated):
        twice()
    assert seen == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_after_the_last_step_ends_as_well():
    with pytest.raises(Terminated), stopping.stoppable():
        os.kill(os.getpid(), signal.SIGTERM)


def test_other_threads_train_without_the_signal():
    seen = []

    def train():
        with stopping.stoppable() as request:
            seen.append(request.made)

    thread = threading.Thread(target=train)
    thread.start()
    thread.join()
    assert seen == [False]
