"""Measures how well the scoring of a folder uses the cores.

python benchmarks/throughput.py [--model photo] [--images 64] [--runtime auto]

The files are generated JPEG files of 512 x 384 pixels. Decoding and the network are
measured one after the other, in processor seconds. Their sum divided by the number of
cores is the least time that a folder can take. The last line is the ratio of the actual
time to that, from the best of all runs; 1 is perfect. Measure on an idle machine.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import app
from absl import flags
from PIL import Image

import tfiqa
from tfiqa.data.decode import decode
from tfiqa.scoring.runtimes.choice import opened


def main(argv: list[str]) -> None:
    values = flags.FLAGS
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{index:04}.jpg") for index in range(values.images)]
        for seed, path in enumerate(paths):
            write(path, seed)
        contents = [path.read_bytes() for path in paths]
        runtime = opened(values.model, values.runtime)
        images = [decode(content) for content in contents]
        runtime.predict(images[0])  # The first call also prepares.
        decoding = best(lambda: [decode(content) for content in contents])
        network = best(lambda: [runtime.predict(image) for image in images])
        scored = best(
            lambda: list(
                tfiqa.score_files(folder, values.model, runtime=values.runtime)
            ),
            clock=time.perf_counter,
        )
    count = values.images
    for name, seconds in {
        "decoding, CPU": decoding,
        f"network ({runtime.name}), CPU": network,
        f"folder on {cores} cores": scored,
    }.items():
        print(f"{1000 * seconds / count:8.2f} ms an image  {name}")
    print(f"{scored * cores / (decoding + network):8.2f}  ratio to the sum over cores")


def best(
    run: Callable[[], object], clock: Callable[[], float] = time.process_time
) -> float:
    """Returns the time of the fastest of the repeated runs."""
    times = []
    for _ in range(flags.FLAGS.repeats):
        start = clock()
        run()
        times.append(clock() - start)
    return min(times)


def write(path: Path, seed: int) -> None:
    """Writes a coarse pattern under fine noise: neither flat nor quick to decode."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (12, 12, 3)).astype("uint8")
    image = np.asarray(Image.fromarray(coarse).resize((512, 384)))
    noise = random.integers(0, 16, (384, 512, 1), dtype="uint8")
    Image.fromarray(image // 2 + 60 + noise).save(path, quality=90)


if __name__ == "__main__":
    flags.DEFINE_string("model", "photo", "The scorer to measure.")
    flags.DEFINE_string("runtime", "auto", "The runtime; see `tfiqa.score`.")
    flags.DEFINE_integer("images", 64, "Files in the folder.", lower_bound=1)
    flags.DEFINE_integer("repeats", 5, "Runs, of which the best counts.", lower_bound=1)
    app.run(main)
