"""Measures the classics: milliseconds per image, and memory at 12 megapixels.

python -m benchmarks.classics [--repeats N] [--large] [--skip_plain]

BRISQUE, GM-LOG, PIQE, CORNIA with 10,000 words, HOSA with 100, and the windows of
`pristine_distance --recipe mdfs`, from pixels to features, as compiled graphs on
512x384, batch 8; BRISQUE and PIQE also in plain NumPy.
The table shows the best of the repeats, and the processor time divided by the number of
cores, the best that an idle machine can reach. `--large` measures one image of
4000x3000 and the peak memory, each method in a process of its own.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from benchmarks import plain_brisque
from benchmarks import plain_piqe
from tfiqa.methods.pristine_distance import training
from tfiqa.models import brisque
from tfiqa.models import codebooks
from tfiqa.models import gm_log
from tfiqa.models import piqe
from tfiqa.scoring.scorer import on_integers

PLAIN = {"brisque": plain_brisque.brisque_features, "piqe": plain_piqe.piqe}
SIZE = 384, 512
LARGE = 3000, 4000


def cornia() -> keras.Model:
    return codebooks.cornia_encoder(random_codebook(10_000))


def hosa() -> keras.Model:
    return codebooks.hosa_encoder(random_codebook(100))


def windows() -> keras.Model:
    layer = training.trunk_windows("efficientnet_lite0", None, side=1024)
    images = keras.Input((None, None, 3))
    features, _ = layer(images)
    return keras.Model(images, features)


MODELS: dict[str, Callable[[], keras.Model]] = {
    "brisque": brisque.brisque_features,
    "gm_log": gm_log.gm_log_features,
    "piqe": piqe.piqe,
    "cornia": cornia,
    "hosa": hosa,
    "windows": windows,
}


def main(argv: list[str]) -> None:
    values = flags.FLAGS
    if values.only:
        print(measured_alone(values.only, values.repeats))
        return
    cores = len(os.sched_getaffinity(0))
    print(f"{cores} cores, load {os.getloadavg()[0]:.1f}; milliseconds an image")
    print(f"{'method':>8} {'best':>8} {'CPU/cores':>10} {'plain':>8}")
    for method, build in MODELS.items():
        images = noise(8, *SIZE)
        best, cpu = measured(compiled(build()), images, values.repeats)
        row = f"{method:>8} {1000 * best / 8:>8.1f} {1000 * cpu / cores / 8:>10.1f}"
        if method in PLAIN and not values.skip_plain:
            start = time.perf_counter()
            PLAIN[method](images[0])
            row += f" {1000 * (time.perf_counter() - start):>8.0f}"
        print(row, flush=True)
    if not values.large:
        return
    print("one image of 4000x3000: milliseconds, CPU/cores, peak megabytes")
    for method in MODELS:
        command = [sys.executable, __file__, "--only", method, "--repeats", "3"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        print(run.stdout.strip(), flush=True)


def measured_alone(method: str, repeats: int) -> str:
    """Returns the row of the table for a method on one large image."""
    cores = len(os.sched_getaffinity(0))
    best, cpu = measured(compiled(MODELS[method]()), noise(1, *LARGE), repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{method:>8} {1000 * best:>8.0f} {1000 * cpu / cores:>8.0f} {peak:>8.0f}"


def compiled(model: keras.Model) -> Callable:
    """Returns the model as one graph that takes uint8 images."""
    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    return tf.function(on_integers(model), input_signature=[spec], autograph=False)


def random_codebook(words: int) -> codebooks.Codebook:
    """Returns a codebook of random words, as slow as a learned one."""
    random = np.random.default_rng(0)
    means = random.normal(size=(words, 49))
    spread = np.ones((words, 49))
    return codebooks.Codebook(np.zeros(49), np.eye(49), means, spread, spread)


def noise(count: int, height: int, width: int) -> np.ndarray:
    """Returns uint8 images with texture everywhere."""
    random = np.random.default_rng(0)
    values = random.integers(0, 65, (count, height, width, 3), np.uint8)
    values += np.linspace(0, 190, width).astype(np.uint8)[:, None]
    return values


def measured(run: Callable, images: np.ndarray, repeats: int) -> tuple[float, float]:
    """Returns the fewest seconds and the fewest processor seconds of a call."""
    batch, seconds, cpu = tf.constant(images), [], []
    run(batch)
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        run(batch).numpy()
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - used)
    return min(seconds), min(cpu)


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 10, "Calls of each method.", lower_bound=1)
    flags.DEFINE_bool("large", False, "Whether to measure 12 megapixels as well.")
    flags.DEFINE_bool("skip_plain", False, "Whether to skip plain NumPy.")
    flags.DEFINE_enum("only", None, sorted(MODELS), "Measures one method, large.")
    app.run(main)
