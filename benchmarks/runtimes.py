"""Measures one scorer in all of its runtimes: milliseconds, megabytes, agreement.

python benchmarks/runtimes.py SCORER [--threads 1,2] [--repeats N] [--side N]

A run prints two tables for the same images. Crops: only the network inside the scorer,
one crop per call, without cutting images into crops. Images: the complete scorer. The
runtimes take turns, so that other load on the machine affects all alike. Times are
medians, with their ratio to LiteRT in float32. Each number of threads is measured in a
process of its own. Absolute numbers depend on the machine.
"""

import os
import platform
import statistics
import subprocess
import sys
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

from tfiqa import metrics
from tfiqa.export import conversion
from tfiqa.export import images as example_images
from tfiqa.export import saved_model_file
from tfiqa.layers import MOS
from tfiqa.layers import PatchMean
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer

FORMATS = ("float32", "float16", "dynamic", "int8")


def main(argv: list[str]) -> None:
    values = flags.FLAGS
    if values.child is None:
        for threads in values.threads:
            call = [sys.executable, *sys.argv, f"--child={threads}"]
            subprocess.run(call, check=True)
        return
    threads = values.child
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    scorer = load_scorer(argv[1])
    print(f"\n{machine()}, {threads} threads")
    side = values.side
    for name, model in {"crop": of_crops(scorer), "picture": scorer}.items():
        if model is None or name not in values.of:
            continue
        size = (side, side) if name == "picture" else model.input_shape[1:3]
        images = example_images.generated(values.pictures, size=size)
        with tempfile.TemporaryDirectory() as folder:
            runs, sizes = runtimes(model, size, Path(folder), threads)
            print_table(
                f"{name} {size[0]}x{size[1]}", runs, sizes, images, values.repeats
            )


def of_crops(scorer: keras.Model) -> keras.Model | None:
    """Returns the scorer of single crops, with the same weights, for HyperIQA only."""
    if metadata(scorer)["method"] != "hyperiqa":
        return None
    (network,) = (
        layer.network for layer in scorer.layers if isinstance(layer, PatchMean)
    )
    crops = keras.Input(network.input_shape[1:], name="images")
    features = keras.layers.Identity(name="features")(network(crops))
    last = scorer.layers[-1]
    mos = MOS(last.scale, last.offset, last.metadata)
    return keras.Model(crops, mos(features[:, -1:], crops))


def runtimes(
    model: keras.Model, size: tuple[int, int], folder: Path, threads: int
) -> tuple[dict[str, Callable], dict[str, float]]:
    """Returns functions from float32 images in [0, 1] to MOS, and their megabytes."""
    keras_run = predictor(model)
    model.save(folder / "a.keras")
    saved_model_file.write(model, folder / "model", {})
    loaded = tf.saved_model.load(str(folder / "model"))
    runs: dict[str, Callable] = {
        "Keras": lambda x: keras_run(np.rint(255 * x[0]).astype("uint8")),
        "SavedModel": lambda x: loaded(tf.constant(x)),
    }
    sizes = {
        "Keras": (folder / "a.keras").stat().st_size / 1e6,
        "SavedModel": megabytes(folder / "model"),
    }
    representative = example_images.generated(16, size=size, first=10_000)
    for name in FORMATS:
        content = conversion.converted(
            model, precision=name, size=size, representative=representative
        )
        runs[f"LiteRT {name}"] = conversion.runner(content, threads=threads)
        sizes[f"LiteRT {name}"] = len(content) / 1e6
    return runs, sizes


def print_table(
    title: str,
    runs: dict[str, Callable],
    sizes: dict[str, float],
    images: list[np.ndarray],
    repeats: int,
) -> None:
    batches = [image[None].astype("float32") / np.float32(255) for image in images]
    scores = {
        name: np.array([np.ravel(run(image))[0] for image in batches])
        for name, run in runs.items()
    }
    medians = measured(runs, batches[0], repeats)
    base = medians["LiteRT float32"]
    print(f"{title:>20} {'ms':>8} {'ratio':>6} {'MB':>7} {'SROCC':>7}")
    for name, seconds in medians.items():
        srocc = metrics.srocc(scores["Keras"], scores[name])
        ratio = seconds / base
        row = f"{1000 * seconds:>8.1f} {ratio:>6.2f} {sizes[name]:>7.1f} {srocc:>7.4f}"
        print(f"{name:>20} {row}", flush=True)


def measured(
    runs: dict[str, Callable], image: np.ndarray, repeats: int
) -> dict[str, float]:
    """Returns the median seconds of a call, by name."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for repeat in range(repeats + 2):
        for name, run in runs.items():
            start = time.perf_counter()
            run(image)
            if repeat >= 2:  # The first calls also prepare.
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def megabytes(folder: Path) -> float:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files) / 1e6


def machine() -> str:
    """Returns the name of the processor and the number of usable cores."""
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    name = names[0] if names else platform.processor()
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


if __name__ == "__main__":
    flags.DEFINE_list(
        "threads", ["1", "2"], "Numbers of threads to measure, one after another."
    )
    flags.DEFINE_list("of", ["crop", "picture"], "What to measure.")
    flags.DEFINE_integer(
        "child", None, "Measures with so many threads in this process."
    )
    flags.DEFINE_integer("repeats", 9, "Calls of each runtime.", lower_bound=1)
    flags.DEFINE_integer(
        "pictures", 32, "Images that SROCC is computed on.", lower_bound=2
    )
    flags.DEFINE_integer("side", 384, "Side of the images, in pixels.", lower_bound=1)
    logging.set_verbosity(logging.WARNING)
    tf.get_logger().setLevel("WARNING")
    app.run(main)
