"""Two processes train together as one process does with the same batches."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tfiqa import trainers
from tfiqa.trainers import loop
from tfiqa.trainers.step_times import StepClock

WORKER = Path(__file__).with_name("workers.py")

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="strategies are TensorFlow's"
)


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def start(folder, workers, micro_batch, shared, environment):
    return subprocess.Popen(
        [sys.executable, WORKER, folder, *map(str, (workers, micro_batch, shared))],
        env={**os.environ, "PYTHONPATH": str(WORKER.parents[2]), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process):
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    return output


def test_a_callback_can_end_the_training():
    import tensorflow as tf

    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    run = trainers.Run(Path("unused"), strategy=strategy, verbose=0)
    with run.scope():
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    ones = tf.data.Dataset.from_tensors((np.ones((4, 2)), np.ones((4, 1)))).repeat()
    epochs = []

    def note(epoch, logs):
        epochs.append(epoch)
        model.stop_training = epoch == 1

    def fit(first):
        loop.fit(
            model,
            ones,
            epochs=4,
            initial_epoch=first,
            steps_per_epoch=2,
            callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=note)],
            clock=StepClock(),
            run=run,
        )

    fit(0)
    assert epochs == [0, 1]
    fit(2)
    assert epochs == [0, 1, 2, 3]


@pytest.mark.slow
@pytest.mark.parametrize(("micro_batch", "shared"), [(0, 0), (2, 0), (0, 1)])
def test_two_workers_are_one(micro_batch, shared, tmp_path):
    """Whether all make complete batches, or each its own rows of them."""
    finished(start(tmp_path / "alone", 1, 0, 0, {}))
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = []
    for index in (0, 1):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": cluster, "task": task})
        processes.append(
            start(tmp_path / "pair", 2, micro_batch, shared, {"TF_CONFIG": config})
        )
    for process in processes:
        finished(process)

    alone = json.loads((tmp_path / "alone-0.json").read_text())
    pair = [json.loads((tmp_path / f"pair-{i}.json").read_text()) for i in (0, 1)]
    assert [(one["workers"], one["replicas"]) for one in pair] == [(2, 2)] * 2
    assert [one["chief"] for one in pair] == [True, False]
    assert np.abs(alone["weights"][0]).min() > 0.1  # It learned.
    for one in pair:
        for result, expected in zip(one["weights"], alone["weights"], strict=True):
            np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
    assert "state-0002" in pair[0]["files"]
    assert "log.csv" in pair[0]["files"]
