"""Tests of the memory that is predicted for a training step."""

import re

import keras
import numpy as np
import pytest

from tests.trainers import toy_contrast
from tfiqa import trainers
from tfiqa.trainers import device_memory
from tfiqa.trainers import step_memory
from tfiqa.trainers.live_bytes import Operation
from tfiqa.trainers.live_bytes import peak

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
tensorflow = pytest.mark.skipif(not ON_TENSORFLOW, reason="traced by TensorFlow")


def written(name, *inputs, size=4, **options):
    return Operation(inputs, {name: size}, **options)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        # A tensor lives until it is last read, so that at most two of these do.
        ([written("a"), written("b", "a"), written("c", "b"), written("d", "c")], 8),
        # What the backward pass reads stays.
        ([written("a"), written("b", "a"), written("c", "b"), written("d", "a")], 12),
        # In place, unless somebody else reads the input later.
        ([written("a"), written("b", "a", in_place=True)], 4),
        ([written("a"), written("b", "a", in_place=True), written("c", "a")], 8),
        # A view needs nothing, and keeps what it shows.
        ([written("a"), written("b", "a", view=True), written("c", "b")], 8),
        (
            [
                written("a"),
                written("b", "a", view=True),
                written("c"),
                written("d", "b", "c"),
            ],
            12,
        ),
        # Inputs of the caller are not counted; what runs within an operation is.
        ([written("a", "x", "y", inside=100)], 104),
    ],
)
def test_what_lives_at_once(program, expected):
    assert peak(program) == expected


def test_results_live_to_the_end():
    program = [written("a"), written("b", "a"), written("c", "b"), written("d", "c")]
    assert peak(program, ["a"]) == 12


def test_the_peak_is_that_of_a_plain_count():
    """Against a count that asks, at each step, what anybody still reads."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 9, 30).tolist()
    program = [
        written(n, *rng.integers(0, max(n, 1), min(n, 2)).tolist(), size=size)
        for n, size in enumerate(sizes)
    ]
    counts = []
    for step in range(30):
        later = {name for operation in program[step:] for name in operation.inputs}
        alive = {name for name in later if name < step} | {step}
        counts.append(sum(sizes[name] for name in alive))
    assert peak(program) == max(counts)


def specs(rows, side=16):
    import tensorflow as tf

    views = tf.TensorSpec((rows, side, side, 3), tf.float32)
    return views, views


@tensorflow
def test_an_estimate_grows_by_the_same_for_each_crop():
    trainee = toy_contrast.build(queue_size=64)
    small, middle, large = (
        step_memory.estimate(trainee, specs(rows)) for rows in (16, 32, 48)
    )
    assert small.variables == middle.variables == large.variables
    assert middle.batch == 2 * small.batch == 2 * 2 * 16 * 16 * 16 * 3 * 4
    assert large.total - middle.total == pytest.approx(
        middle.total - small.total, rel=0.05
    )


@tensorflow
def test_a_network_holds_what_its_backward_pass_reads():
    """Of 5 convolutions with ReLUs, the outputs of the ReLUs are kept: counted here."""
    import tensorflow as tf

    layers = [
        keras.layers.Conv2D(4, 3, padding="same", activation="relu") for _ in range(5)
    ]
    images = keras.Input((32, 32, 3))
    x = images
    for layer in layers:
        x = layer(x)
    model = keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
    model.compile("sgd", "mean_squared_error")
    data = tf.TensorSpec((8, 32, 32, 3), tf.float32), tf.TensorSpec((8, 4), tf.float32)
    found = step_memory.estimate(model, data)
    one_map = 8 * 32 * 32 * 4 * 4
    held = found.tensors / (1 + step_memory.OVERHEAD) / one_map
    # Five maps, and the gradients by one or two of them.
    assert 5.9 < held < 7.5


@tensorflow
def test_unknown_shapes_have_no_estimate():
    assert step_memory.estimate(toy_contrast.build(), specs(None)) is None


@tensorflow
def test_fit_says_what_a_step_takes_and_refuses_what_cannot_fit(
    tmp_path, monkeypatch, capsys
):
    import tensorflow as tf

    pair = toy_contrast.views(16)
    data = tf.data.Dataset.from_tensors(
        tuple(np.asarray(views, "float32") for views in pair)
    ).repeat()

    def fit(limit):
        run = trainers.Run(tmp_path / str(limit), verbose=2)
        run.folder.mkdir(exist_ok=True)
        monkeypatch.setattr(device_memory, "available", lambda: limit)
        trainee = toy_contrast.build()
        trainers.fit(trainee, lambda _: data, epochs=1, steps_per_epoch=1, run=run)
        return trainee

    trainee = fit(None)  # Never refused where the limit is not known.
    assert "memory of a step: about 0." in capsys.readouterr().out
    assert "train_step" not in vars(trainee)
    needed = step_memory.estimate(trainee, data.element_spec).total
    fit(needed)
    with pytest.raises(step_memory.TooLargeStep, match=r"--micro_batch [1248] it") as e:
        fit(int(0.7 * needed))
    assert "--mixed_precision may suffice" in str(e.value)
    assert re.search(r"at most (\d|1[0-5]) instead of 16 would fit", str(e.value))
    with pytest.raises(step_memory.TooLargeStep, match="smaller crops"):
        fit(1000)


def test_the_part_that_fits_divides_the_batch():
    found = step_memory.StepMemory(variables=10, batch=10, tensors=120)
    assert step_memory.fitting(12, 10.0, found, limit=59) == 3
    assert step_memory.fitting(12, 10.0, found, limit=60) == 4
    assert step_memory.fitting(12, 10.0, found, limit=20) == 0


def test_the_system_says_what_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(device_memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(device_memory, "CGROUP", tmp_path)
    assert device_memory.of_the_machine() is None
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    7 kB\n")
    assert device_memory.of_the_machine() == 7 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    assert device_memory.of_the_machine() == 7 * 1024
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("1000\n")
    assert device_memory.of_the_machine() == 4000
