"""Measures Re-IQA's pre-training: chunks and steps per second, and its queue.

python benchmarks/reiqa.py [--what chunks,training,queue] [--sides 384x512,768x1024]

Chunks are made by distorting only the parts of images that their crops need, and, in
turns, by distorting the full image before cropping it. Wall time and processor time are
printed; processor time depends less on other load. Training is measured on one batch
again and again, and on batches of its pipeline. The queue is measured at several
lengths, and compared with a queue that is copied for each step; then a few queries are
compared with all keys, as in a training step, with and without writing to the queue.
"""

import functools
import os
import statistics
import time
from collections.abc import Callable
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from tfiqa.methods.reiqa.batches import batches
from tfiqa.methods.reiqa.chunks import chunk
from tfiqa.methods.reiqa.config import Config
from tfiqa.methods.reiqa.training import build_optimizer
from tfiqa.models import ReIQA
from tfiqa.trainers.key_queue import KeyQueue
from tfiqa.training.unlabeled import open_images

LENGTH = 128  # Length of a key.
KEYS = 768  # Keys of a batch: 32 images in twelve versions at two scales.
QUERIES = 8  # Few, so that the queue takes most of the time.
STEPS = 20  # Steps in one graph.


def define_flags() -> None:
    flags.DEFINE_list("what", ["chunks", "training", "queue"], "What to measure.")
    flags.DEFINE_list("sides", ["384x512", "768x1024", "2000x3000"], "Sizes of images.")
    flags.DEFINE_integer("chunks", 8, "Chunks to make at once.", 1)
    flags.DEFINE_integer("repeats", 5, "Repeats, of which the median counts.", 1)
    flags.DEFINE_bool("traced", True, "Whether to make chunks with graphs.")
    flags.DEFINE_string("images", "stream:textured_leaves/512", "Name of the images.")
    flags.DEFINE_string("backbone", "resnet10_slim", "A key of `BACKBONES`.")
    flags.DEFINE_integer("patch_size", 96, "Side of the crops to train on.", 32)
    flags.DEFINE_integer("batch_size", 4, "Images in a batch to train on.", 1)
    flags.DEFINE_integer("n_aug", 3, "Distortions of each, to train on.", 1)


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    for name in flags.FLAGS.what:
        {"chunks": chunks, "training": training, "queue": queue}[name]()


def chunks() -> None:
    """Prints chunks per second, by parts and by full images."""
    config = Config(expert="quality")
    images = open_images(flags.FLAGS.images)
    elements = images.epoch(0, 0).take(4).as_numpy_iterator()
    sources = [element["image"] for element in elements]
    print(
        f"{'images':<12}{'way':<8}{'chunks/s':>9}{'cpu ms/chunk':>14}{'of plain':>10}"
    )
    for sides in flags.FLAGS.sides:
        height, width = map(int, sides.split("x"))
        image = tiled_image(sources, height, width)
        methods = {
            "plain": functools.partial(make_chunks, image, config, plain=True),
            "parts": functools.partial(make_chunks, image, config, plain=False),
        }
        times = interleaved(methods, flags.FLAGS.repeats)
        for name, (seconds, cpu) in times.items():
            count = flags.FLAGS.chunks
            share = cpu / times["plain"][1]
            print(
                f"{sides:<12}{name:<8}{count / seconds:>9.2f}"
                f"{1000 * cpu / count:>14.0f}{share:>10.2f}",
                flush=True,
            )


def make_chunks(
    image: np.ndarray, config: Config, *, plain: bool, seed: int = 0
) -> None:
    """Makes chunks in as many threads as there are cores, as the pipeline does."""

    def make_chunk(index: int) -> None:
        rng = np.random.default_rng([seed, index])
        chunk(image, config, rng, traced=flags.FLAGS.traced, full_images=plain)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(make_chunk, range(flags.FLAGS.chunks)))


def training() -> None:
    """Prints steps per second, with and without the pipeline."""
    values = flags.FLAGS
    config = Config(
        expert="quality",
        backbone=values.backbone,
        patch_size=values.patch_size,
        batch_size=values.batch_size,
        n_aug=values.n_aug,
        optimizer="sgd",
        learning_rate=0.01,
    )
    trainee = ReIQA(**config.network).trainer(**config.contrast)
    trainee.compile(build_optimizer(config, steps_per_epoch=10_000))
    trainee.make_train_function()
    images = open_images(values.images)
    dataset = batches(images, config, seed=0, epochs=range(1)).repeat()
    feed = iter(dataset)
    batch = next(feed)
    same_batch = iter(tf.data.Dataset.from_tensors(batch).repeat())
    kinds: dict[str, Callable[[], Any]] = {
        "training alone": lambda: trainee.train_function(same_batch),
        "pipeline alone": lambda: next(feed),
        "training, fed": lambda: trainee.train_function(feed),
    }
    views = len(batch[0])
    print(f"{views} crops of {values.patch_size} a step")
    print(f"{'':<16}{'steps/s':>9}{'crops/s':>9}{'cpu ms/step':>13}")
    for name, call in kinds.items():
        for _ in range(3):  # Uses up what was prepared in advance.
            call()
        seconds, cpu = measure(call, 2 * values.repeats)
        print(
            f"{name:<16}{1 / seconds:>9.2f}{views / seconds:>9.0f}{1000 * cpu:>13.0f}",
            flush=True,
        )


def queue() -> None:
    """Prints the processor time per step of queues of several lengths."""
    names = ("put", "copy", "compare", "compare, put")
    print(f"{'queue':<10}" + "".join(f"{f'{name} ms':>17}" for name in names))
    rows = tf.random.stateless_normal((KEYS, LENGTH), (0, 1))
    for size in (4096, 16384, 65536, 262144):
        written, unwritten = KeyQueue(size, LENGTH), KeyQueue(size, LENGTH)
        plain = tf.Variable(tf.zeros((size, LENGTH)))
        methods = {
            "put": functools.partial(written.put, rows),
            "copy": functools.partial(put_by_copying, plain, rows),
            "compare": functools.partial(compare_queries, unwritten, rows),
            "compare, put": functools.partial(compare_queries, written, rows, put=True),
        }
        calls = {name: repeated(method) for name, method in methods.items()}
        times = interleaved(calls, flags.FLAGS.repeats)
        cells = [f"{1000 * times[name][1] / STEPS:>17.2f}" for name in names]
        print(f"{size:<10}" + "".join(cells), flush=True)


def repeated(method: Callable[[], Any]) -> Callable[[], Any]:
    """Returns a graph of `STEPS` steps, since training runs steps in a graph."""

    def steps():
        for _ in range(STEPS):
            method()

    return tf.function(steps, autograph=False)


def compare_queries(keys: KeyQueue, rows: tf.Tensor, *, put: bool = False) -> None:
    """Compares a few queries with all keys, then writes keys if `put`."""
    logits = tf.matmul(rows[:QUERIES], keys.remembered(), transpose_b=True)
    tf.debugging.assert_all_finite(logits, "logits")  # So that they are computed.
    if put:
        keys.put(rows)


def put_by_copying(variable: tf.Variable, rows: tf.Tensor) -> None:
    """Puts rows into a queue by copying all of it."""
    variable.assign(tf.concat([variable[len(rows) :], rows], axis=0))


def interleaved(
    calls: Mapping[str, Callable[[], Any]], repeats: int
) -> dict[str, tuple[float, float]]:
    """Returns the median wall and processor seconds of calls that take turns."""
    for call in calls.values():
        call()  # Builds graphs and fills caches.
    times = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            times[name].append(measure(call, 1))
    return {
        name: tuple(map(statistics.median, zip(*pairs, strict=True)))
        for name, pairs in times.items()
    }


def measure(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Returns the median seconds of a call, and its mean processor seconds."""
    seconds, cpu = [], time.process_time()
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), (time.process_time() - cpu) / repeats


def tiled_image(images: list[np.ndarray], height: int, width: int) -> np.ndarray:
    """Returns one image of the given size, tiled from several."""
    sides = [image.shape[:2] for image in images]
    rows, columns = np.min(sides, axis=0).tolist()
    tiles = [image[:rows, :columns] for image in images]
    lines = [
        np.concatenate(
            [
                tiles[(row + column) % len(tiles)]
                for column in range(-(-width // columns))
            ],
            axis=1,
        )
        for row in range(-(-height // rows))
    ]
    return np.ascontiguousarray(np.concatenate(lines)[:height, :width])


if __name__ == "__main__":
    define_flags()
    app.run(main)
