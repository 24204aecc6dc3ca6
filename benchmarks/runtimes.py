"""Measures milliseconds per 224 x 224 crop of one scorer in three runtimes.

python benchmarks/runtimes.py SCORER [--threads N] [--repeats N]

The network inside the scorer runs on batches of 1, 8 and 25 crops in Keras (as a
compiled graph), in a SavedModel and in LiteRT (float32). Repeats are interleaved, so
that what else the machine does falls on all alike; medians are given, and ratios to
Keras. Absolute numbers belong to the machine.
"""

import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags
from absl import logging
from ai_edge_litert.interpreter import Interpreter

from tfiqa.layers import PatchMean
from tfiqa.scorer import load_scorer

BATCHES = (1, 8, 25)


def main(argv: list[str]) -> None:
    given = flags.FLAGS
    tf.config.threading.set_intra_op_parallelism_threads(given.threads)
    crops = crop_network(load_scorer(argv[1]))
    side = crops.input_shape[1]
    print(f"{machine()}, {given.threads} threads, {side} x {side} crops")
    print(f"{'batch':>5} {'runtime':>12} {'ms/crop':>8} {'to Keras':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for batch in BATCHES:
            runs = runtimes(crops, batch, Path(folder, str(batch)), given.threads)
            medians = measured(runs, (batch, side, side, 3), given.repeats)
            for name, seconds in medians.items():
                per_crop, ratio = 1000 * seconds / batch, seconds / medians["Keras"]
                print(f"{batch:>5} {name:>12} {per_crop:>8.1f} {ratio:>9.2f}")


def crop_network(scorer: keras.Model) -> keras.Model:
    """Returns the model of single crops to their mean features."""
    for layer in scorer.layers:
        if isinstance(layer, PatchMean):
            return layer.network
    raise ValueError(f"A scorer with a PatchMean layer is expected: {scorer.name!r}")


def runtimes(
    model: keras.Model, batch: int, folder: Path, threads: int
) -> dict[str, Callable]:
    """Returns the functions to compare; the batch size is fixed in all of them."""
    spec = tf.TensorSpec((batch, *model.input_shape[1:]), tf.float32, name="crops")
    graph = tf.function(
        lambda crops: model(crops, training=False),
        input_signature=[spec],
        autograph=False,
    )
    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    module.run = graph
    tf.saved_model.save(module, str(folder), signatures=graph)
    loaded = tf.saved_model.load(str(folder))
    content = tf.lite.TFLiteConverter.from_saved_model(str(folder)).convert()
    interpreter = Interpreter(model_content=content, num_threads=threads)
    lite = interpreter.get_signature_runner("serving_default")
    return {
        "Keras": graph,
        "SavedModel": lambda crops: loaded.run(tf.constant(crops)),
        "LiteRT": lambda crops: lite(crops=crops),
    }


def measured(
    runs: dict[str, Callable], shape: tuple[int, ...], repeats: int
) -> dict[str, float]:
    """Returns the median seconds of a call, by name."""
    crops = np.random.default_rng(0).uniform(0, 255, shape).astype("float32")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 2):
        for name, run in runs.items():
            start = time.perf_counter()
            run(crops)
            if repeat >= 2:  # The first calls also prepare.
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def machine() -> str:
    """Returns the processor and how many cores may be used."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    name = names[0] if names else platform.processor()
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


if __name__ == "__main__":
    cores = len(os.sched_getaffinity(0))
    flags.DEFINE_integer("threads", cores, "Threads of each runtime.", lower_bound=1)
    flags.DEFINE_integer("repeats", 20, "Calls of each runtime.", lower_bound=1)
    logging.set_verbosity(logging.WARNING)
    tf.get_logger().setLevel("WARNING")
    app.run(main)
