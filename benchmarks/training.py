"""Measures every training: its data, its steps, and both together.

python benchmarks/training.py [--methods contrique,reiqa] [--scale tiny|quick|paper]

For each training of each method: images per second of the data alone, of the step alone
on one batch of noise, and of both, as `python -m tfiqa.train` runs them; the processor
time of an image; the share of time in which the step waited for data; and the share in
which Python's lock was held while the data was made (`lock_share.py`). An image is a
row of a batch: an image of which views or versions are compared, or a crop of a labeled
image. The networks have random weights.

`tiny` is for a CPU, `quick` is the recipe of that name, and `paper` the paper's, which
needs an accelerator; `--set method.field=value` changes it. Unlabeled images are JPEG
files of 512 x 384 pixels, which are drawn first. With `KERAS_BACKEND=jax`, JAX takes
the steps.
"""

import contextlib
import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags
from absl import logging
from lock_share import LockShare
from PIL import Image

from tfiqa import synthetic
from tfiqa import trainers
from tfiqa.config import overrides
from tfiqa.data import prepare_dataset
from tfiqa.trainers.step_times import StepClock
from tfiqa.trainers.step_times import StepTimes
from tfiqa.trainers.step_times import timed_input
from tfiqa.training import TrainingRequest
from tfiqa.training import prepare_training
from tfiqa.training.devices import describe_devices

# The number of trainings of each method, which calls `trainers.fit` for each.
TRAININGS = {
    "contrique": 1,
    "reiqa": 2,
    "contentsep": 2,
    "db_cnn": 3,
    "hyperiqa": 1,
    "wadiqam": 1,
    "musiq": 1,
    "pqr": 1,
}
# Those that learn from unlabeled images as well.
UNLABELED = ("contrique", "reiqa", "contentsep", "db_cnn")
# What makes the recipe `quick` fit for a CPU that others use as well.
TINY = {
    "contrique": {"batch_size": 8, "crop_size": 128},
    "reiqa": {"batch_size": 2, "content_batch_size": 8},
    "contentsep": {"scenes": 4, "batch_size": 8},
    "db_cnn": {"scnn_batch_size": 8, "batch_size": 8, "head_inputs": "crops"},
    "hyperiqa": {"batch_size": 8},
    "wadiqam": {"batch_size": 4},
    "musiq": {"batch_size": 4},
    "pqr": {"batch_size": 16},
}
WARM_UP = 2  # Steps, and batches that were made in advance.
LEAST = 3


class Enough(Exception):
    """All trainings of a method are measured."""


@dataclasses.dataclass(frozen=True)
class Row:
    """What was measured of a training."""

    training: str
    images: int
    data: float
    step: float
    both: float
    data_ms: float
    step_ms: float
    lock: float
    waited: float

    HEADER = (
        "| training | batch | data | step | both | CPU ms, data | CPU ms, step "
        "| lock | waited |\n|---|---|---|---|---|---|---|---|---|"
    )

    def __str__(self) -> str:
        rounded = [float(f"{v:.3g}") for v in (self.data, self.step, self.both)]
        speeds = " | ".join(f"{value:,g}" for value in rounded)
        times = f"{self.data_ms:.3g} | {self.step_ms:.3g}"
        shares = f"{self.lock:.0%} | {self.waited:.0%}".replace("%", " %")
        return f"| {self.training} | {self.images} | {speeds} | {times} | {shares} |"


def main(argv: list[str]) -> None:
    logging.set_verbosity(logging.ERROR)  # TFDS logs every step.
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    values = flags.FLAGS
    print("\n".join([*describe_devices(), f"load: {os.getloadavg()[0]:.0f}", ""]))
    print(Row.HEADER, flush=True)
    rows = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        data_dir = values.data_dir or str(folder / "prepared")
        draw_images(folder / "drawn", values.images)
        dataset = f"mos_folder/drawn_{values.images}"
        prepare_dataset(dataset, manual_dir=folder / "drawn", data_dir=data_dir)
        for method in values.methods:
            for row in measure_method(request_of(method, folder, dataset, data_dir)):
                rows.append(dataclasses.asdict(row))
                print(row, flush=True)
                if values.json is not None:
                    Path(values.json).write_text(json.dumps(rows, indent=1))


def draw_images(folder: Path, count: int) -> None:
    """Writes JPEG files: few drawn images, each turned, shifted and lit differently.

    Their scores are how bright they are.
    """
    (folder / "images").mkdir(parents=True)
    drawn = [synthetic.make_image("textured_leaves", k, 512) for k in range(8)]
    rng = np.random.default_rng(0)
    rows = ["image,mos"]
    for index in range(count):
        light = rng.uniform(0.6, 1)
        pixels = np.rot90(drawn[index % len(drawn)], int(rng.integers(4)))
        pixels = np.roll(pixels, rng.integers(512, size=2), (0, 1))[:384]
        name = f"{index:05}.jpg"
        image = Image.fromarray((pixels * light).astype("uint8"))
        image.save(folder / "images" / name, quality=90)
        rows.append(f"{name},{light:.4f}")
    (folder / "mos.csv").write_text("\n".join([*rows, ""]))


def request_of(
    method: str, folder: Path, dataset: str, data_dir: str
) -> TrainingRequest:
    """Returns the training of a method on the drawn images."""
    values = flags.FLAGS
    fields: dict[str, Any] = dict(TINY[method]) if values.scale == "tiny" else {}
    own = [
        text.partition(".")[2] for text in values.set if text.startswith(f"{method}.")
    ]
    fields |= overrides.parse(own)
    drawn = str(folder / "drawn" / "images")
    images: dict[str, Any] = {"images": drawn} if method in UNLABELED else {}
    if method in UNLABELED[:3]:
        images["authentic_images"] = drawn
    return TrainingRequest(
        method,
        dataset=dataset,
        recipe="paper" if values.scale == "paper" else "quick",
        **images,
        data_dir=data_dir,
        output=folder / method,
        fields=fields,
        mixed_precision=values.mixed_precision,
        verbose=0,
    )


def measure_method(request: TrainingRequest) -> Iterator[Row]:
    """Yields a row for each training of a method."""
    rows: list[Row] = []
    prepared = prepare_training(request)

    def measuring_fit(model, batches, *, run, images_per_step=None, **options):
        del options
        run.folder.mkdir(parents=True, exist_ok=True)
        data = batches(0).repeat()
        images = images_per_step or tf.nest.flatten(data.element_spec)[0].shape[0]
        parts = run.folder.relative_to(prepared.run.folder).parts
        name = " ".join([request.method, *parts])
        rows.append(measure_training(name, model, data, images))
        if len(rows) == TRAININGS[request.method]:
            raise Enough

    with (
        mock.patch.object(trainers, "fit", measuring_fit),
        contextlib.suppress(Enough),
    ):
        prepared.method.train(prepared.config, prepared.sources, prepared.run)
    yield from rows
    keras.utils.clear_session()


def measure_training(name: str, model: keras.Model, data: Any, images: int) -> Row:
    """Measures the data alone, the step alone, and both."""
    feed = iter(data)
    batch = [next(feed) for _ in range(WARM_UP)][-1]
    with LockShare() as lock:
        alone, data_cpu = data_alone(feed)
    del feed
    noise = tf.data.Dataset.from_tensors(tf.nest.map_structure(like_noise, batch))
    step, step_cpu = training(model, noise.repeat())
    both, _ = training(model, data)
    return Row(
        training=name,
        images=images,
        data=alone.per_second(images),
        step=step.per_second(images),
        both=both.per_second(images),
        data_ms=1000 * data_cpu / images,
        step_ms=1000 * step_cpu / images,
        lock=lock.share,
        waited=both.share_waited,
    )


def like_noise(tensor: tf.Tensor) -> tf.Tensor:
    """Returns noise in the place of images; labels stay."""
    if len(tensor.shape) < 4:
        return tensor
    pixels = tf.random.stateless_uniform(tf.shape(tensor), (0, 0), 0, 255)
    return tf.cast(pixels, tensor.dtype)


def data_alone(feed: Iterator[Any]) -> tuple[StepTimes, float]:
    """Returns the times of batches, and the processor seconds of one."""
    times, cpu = StepTimes(), time.process_time()
    while times.seconds < flags.FLAGS.seconds or times.steps < LEAST:
        start = time.perf_counter()
        next(feed)
        seconds = time.perf_counter() - start
        times.add(seconds, seconds)
    return times, (time.process_time() - cpu) / times.steps


class Timer(keras.callbacks.Callback):
    """Adds up the times of steps, and ends the training when they suffice."""

    def __init__(self, clock: StepClock):
        super().__init__()
        self.clock, self.times, self.cpu = clock, StepTimes(), 0.0

    def on_epoch_begin(self, epoch, logs=None):
        self.clock.start()

    def on_train_batch_end(self, batch, logs=None):
        seconds, waited = self.clock.end()
        if batch < WARM_UP:
            self._start = time.process_time()
            return
        self.times.add(seconds, waited)
        self.cpu = (time.process_time() - self._start) / self.times.steps
        if self.times.seconds >= flags.FLAGS.seconds and self.times.steps >= LEAST:
            # Through the field, since JAX copies its state when the model is asked.
            self._model.stop_training = True


def training(model: keras.Model, data: Any) -> tuple[StepTimes, float]:
    """Returns the times of steps on data, and the processor seconds of one."""
    timer = Timer(StepClock())
    with timed_input(model, timer.clock):
        model.fit(
            data, steps_per_epoch=10**6, shuffle=False, verbose=0, callbacks=[timer]
        )
    return timer.times, timer.cpu


def define_flags() -> None:
    flags.DEFINE_list("methods", list(TRAININGS), "The methods.")
    flags.DEFINE_enum("scale", "tiny", ("tiny", "quick", "paper"), "The settings.")
    flags.DEFINE_multi_string("set", [], "method.field=value of a `Config`.")
    flags.DEFINE_bool("mixed_precision", False, "Compute in bfloat16 where possible.")
    flags.DEFINE_float("seconds", 10.0, "Seconds of each measurement.", lower_bound=0)
    flags.DEFINE_integer("images", 128, "Files to draw.", lower_bound=1)
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_string("json", None, "File for the rows.")


if __name__ == "__main__":
    define_flags()
    app.run(main)
