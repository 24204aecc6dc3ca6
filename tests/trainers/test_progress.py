"""Lines, bars, scalars and traces of a training."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfiqa import trainers
from tfiqa.trainers import device_memory
from tfiqa.trainers import progress
from tfiqa.trainers import step_times
from tfiqa.trainers import step_trace
from tfiqa.trainers.progress import describe
from tfiqa.trainers.step_times import StepClock
from tfiqa.trainers.step_times import StepTimes

FIGURES = r"[\d.,]+ images/s, waited for data \d+ %, 0:00:\d\d left"
ON_JAX = keras.backend.backend() == "jax"


@pytest.fixture
def now(monkeypatch):
    """A clock that tests advance."""

    class Now:
        time = 100.0

        def after(self, seconds):
            self.time += seconds

    now = Now()
    monkeypatch.setattr(step_times.time, "perf_counter", lambda: now.time)
    return now


def test_waiting_is_what_passes_before_a_batch_is_there(now):
    clock = StepClock()

    def compute(*state_and_batches):
        *state, batches = state_and_batches
        assert state == (["state"] if ON_JAX else [])
        assert list(batches) == ["batch"]
        now.after(3)
        return "logs"

    def produce():
        while True:
            now.after(2)
            yield "batch"

    batches, step = produce(), clock.timed(compute)
    state = ["state"] if ON_JAX else []
    clock.start()
    now.after(5)  # Callbacks.
    assert step(*state, batches) == "logs"
    assert clock.end() == (10, 2)
    step(*state, batches)
    assert clock.end() == (5, 2)


def test_keras_takes_its_batches_from_the_clock(tmp_path, monkeypatch):
    """If Keras took them elsewhere, nothing would ever be waited for."""
    waited = []
    end = StepClock.end

    def ended(self):
        seconds, one = end(self)
        waited.append(one)
        return seconds, one

    monkeypatch.setattr(StepClock, "end", ended)
    fit(tmp_path, epochs=2, steps=3, verbose=0)
    assert len(waited) == 6
    assert all(0 < one < 60 for one in waited)


def test_times_add_up():
    times = StepTimes()
    assert (times.share_waited, times.per_second(8)) == (0, 0)
    times.add(2.0, 0.5)
    times.add(3.0, 0.5)
    assert times == StepTimes(2, 5.0, 1.0)
    assert (times.share_waited, times.per_second(10)) == (0.2, 4.0)


def test_figures_become_text():
    found = {"steps_per_second": 0.5, "waited_for_data": 0.126, "seconds_left": 90061}
    text = "waited for data 13 %, 1 day, 1:01:01 left"
    assert describe(found) == f"0.5 steps/s, {text}"
    found |= {"images_per_second": 1234.5, "device_bytes": 11.24e9}
    text = text.replace("%,", "%, device memory 11.2 GB,")
    assert describe(found) == f"1,234 images/s, {text}"
    assert describe({}) == ""


def fit(folder, *, epochs=2, steps=4, **options):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows = np.ones((4, 1), "float32")
    trainers.fit(
        model,
        lambda first: tf.data.Dataset.from_tensors((rows, rows)).repeat(),
        epochs=epochs,
        steps_per_epoch=steps,
        run=trainers.Run(folder, **options),
    )


def test_a_line_for_each_epoch(tmp_path, capsys):
    fit(tmp_path, verbose=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if "Epoch" in line]
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert re.fullmatch(rf"Epoch {number}/2: loss \d+\.\d{{4}}; {FIGURES}", line)
    assert lines[1].endswith(" 0:00:00 left")


def test_long_epochs_have_more_lines_with_memory(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINE_SECONDS", 0)
    monkeypatch.setattr(device_memory, "most_used", lambda: 3_000_000_000)
    fit(tmp_path, epochs=1, verbose=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if "Epoch" in line]
    # The first step compiles, and is not counted.
    assert re.fullmatch(r"Epoch 1/1, step 1/4: loss \d+\.\d{4}", lines[0])
    for number, line in enumerate(lines[1:4], 2):
        assert line.startswith(f"Epoch 1/1, step {number}/4: loss ")
        assert "device memory 3.0 GB" in line
    assert lines[4].startswith("Epoch 1/1: loss ")


def test_a_bar_has_the_same_figures(tmp_path, capsys):
    fit(tmp_path, verbose=1)
    shown = capsys.readouterr().err
    for number in (1, 2):
        assert re.search(rf"Epoch {number}/2: 100%.*4/4 .*loss \d.*{FIGURES}", shown)


def test_silence_is_kept(tmp_path, capsys):
    fit(tmp_path, verbose=0, profile=True)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_tensorboard_has_the_same_figures(tmp_path, monkeypatch):
    monkeypatch.setattr(progress, "POINT_SECONDS", 0)
    monkeypatch.setattr(device_memory, "most_used", lambda: 5)
    fit(tmp_path, verbose=0)
    points = {}
    for path in (tmp_path / "tensorboard").glob("events*"):
        for event in tf.compat.v1.train.summary_iterator(str(path)):
            for value in event.summary.value:
                points.setdefault(value.tag, []).append(event.step)
    names = ("images_per_second", "waited_for_data", "device_bytes", "seconds_left")
    for name in names:
        # Of each step but the first, and of both epochs.
        assert points[f"progress/{name}"] == [2, 3, 4, 4, 5, 6, 7, 8, 8]


@pytest.mark.parametrize(("steps", "traced"), [(20, 10), (8, 3), (4, 0)])
def test_ten_steps_are_traced_after_the_first(
    tmp_path, monkeypatch, capsys, steps, traced
):
    calls = []
    monkeypatch.setattr(step_trace, "_start", lambda folder: calls.append(folder))
    monkeypatch.setattr(step_trace, "_stop", lambda: calls.append("stop"))
    fit(tmp_path, epochs=1, steps=steps, verbose=2, profile=True)
    printed = capsys.readouterr().out
    folder = str(tmp_path / "tensorboard")
    assert calls == ([folder, "stop"] if traced else [])
    line = f"profile: {traced} steps are traced. To look at them: pip install xprof; "
    assert (f"{line}xprof server --logdir {folder}\n" in printed) == bool(traced)


def test_a_trace_is_a_profile(tmp_path):
    fit(tmp_path, epochs=1, steps=7, verbose=0, profile=True)
    found = list(
        (tmp_path / "tensorboard" / "plugins" / "profile").rglob("*.xplane.pb")
    )
    assert found
    assert found[0].stat().st_size > 1000


def test_devices_tell_their_memory_and_cpus_do_not(monkeypatch):
    class Device:
        def __init__(self, name, **stats):
            self.name, self.stats = name, stats

        def memory_stats(self):
            return self.stats or None

    assert device_memory.most_used() is None
    peaks = {"/device:GPU:0": 5, "/device:GPU:1": 7}
    if ON_JAX:
        import jax

        found = [Device(name, peak_bytes_in_use=peak) for name, peak in peaks.items()]
        monkeypatch.setattr(jax, "local_devices", lambda: [*found, Device("cpu")])
    else:
        config = tf.config
        found = [Device(name) for name in peaks]
        monkeypatch.setattr(
            config, "list_logical_devices", lambda kind: found * (kind == "GPU")
        )
        monkeypatch.setattr(
            config.experimental, "get_memory_info", lambda name: {"peak": peaks[name]}
        )
    assert device_memory.most_used() == 7
