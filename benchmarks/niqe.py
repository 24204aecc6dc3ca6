"""Measures milliseconds per image of NIQE and IL-NIQE, and of plain NumPy and SciPy.

python -m benchmarks.niqe [--repeats N] [--skip_plain]

The scorers that come with the package run as compiled graphs on 500x500 and 1024x768,
batch 1 and 8; NIQE also in NumPy, as `score` runs it. The table shows the best of the
repeats, and the processor time divided by the number of cores, the best that an idle
machine can reach. Absolute numbers depend on the machine.
"""

import functools
import os
import time
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from benchmarks import plain_niqe
from tfiqa.scoring.runtimes.choice import opened
from tfiqa.scoring.scorer import on_integers
from tfiqa.scoring.serialization import load_scorer

SIZES = ((500, 500), (768, 1024))
PLAIN = {"niqe": plain_niqe.niqe_features, "ilniqe": plain_niqe.ilniqe_features}


def main(argv: list[str]) -> None:
    values = flags.FLAGS
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    print(f"{cores} cores, load {load:.1f}; milliseconds an image")
    print(f"{'method':>7} {'size':<10}{'batch':>6} {'best':>8} {'CPU/cores':>10}")
    for method, plain in PLAIN.items():
        score = compiled(method)
        for height, width in SIZES:
            images = noise(8, height, width)
            row = f"{method:>7} {width}x{height}".ljust(18)
            for batch in (1, 8):
                call = functools.partial(score, tf.constant(images[:batch]))
                times = measured(call, values.repeats)
                best, cpu = (1000 * seconds / batch for seconds in times)
                print(f"{row}{batch:>6} {best:>8.1f} {cpu / cores:>10.1f}")
            if method == "niqe":
                predict = functools.partial(opened(method, "numpy").predict, images[0])
                times = measured(predict, values.repeats)
                best, cpu = (1000 * seconds for seconds in times)
                print(f"{row} numpy {best:>8.1f} {cpu / cores:>10.1f}")
            if not values.skip_plain:
                start = time.perf_counter()
                plain(images[0])
                milliseconds = 1000 * (time.perf_counter() - start)
                print(f"{row} plain {milliseconds:>8.1f}", flush=True)


def compiled(method: str) -> Callable:
    """Returns the scorer as one graph that takes uint8 images."""
    model = on_integers(load_scorer(method))
    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    return tf.function(model, input_signature=[spec], autograph=False)


def noise(count: int, height: int, width: int) -> np.ndarray:
    """Returns uint8 images with texture everywhere."""
    random = np.random.default_rng(0)
    ramp = np.linspace(0, 190, width)[:, None]
    values = ramp + random.uniform(0, 65, (count, height, width, 3))
    return values.astype(np.uint8)


def measured(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Returns the fewest seconds and the fewest processor seconds of a call."""
    seconds, cpu = [], []
    run()
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        run()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return min(seconds), min(cpu)


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 10, "Calls of each method.", lower_bound=1)
    flags.DEFINE_bool("skip_plain", False, "Skips plain NumPy, which takes a minute.")
    app.run(main)
