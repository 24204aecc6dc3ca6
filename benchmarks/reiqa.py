"""Measures Re-IQA's pre-training: chunks a second, steps a second, and its queue.

python benchmarks/reiqa.py [--what chunks,training,queue] [--sides 384x512,768x1024]

Chunks are made of the parts of pictures that their crops need, and, in turns with that
in the same run, in the plain way: each distorted picture whole, then cropped. The time
of all cores is told beside the seconds, which other programs on the machine lengthen
less. Training is measured on one batch again and again and fed by its pipeline. The
queue is written to at several lengths, and beside it one that is copied as a whole;
then a few queries are compared with all keys, as in a step, without writing and with.
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

LENGTH = 128  # Of a key.
KEYS = 768  # Of a batch: 32 pictures in twelve versions at two scales.
QUERIES = 8  # Few, so that the queue counts.
STEPS = 20  # In one graph.


def define_flags() -> None:
    flags.DEFINE_list("what", ["chunks", "training", "queue"], "What to measure.")
    flags.DEFINE_list("sides", ["384x512", "768x1024", "2000x3000"], "Of pictures.")
    flags.DEFINE_integer("chunks", 8, "Chunks made at once.", 1)
    flags.DEFINE_integer("repeats", 5, "Times of which the median counts.", 1)
    flags.DEFINE_bool("traced", True, "Whether chunks are made by graphs.")
    flags.DEFINE_string("images", "stream:textured_leaves/512", "Pictures, by name.")
    flags.DEFINE_string("backbone", "resnet10_slim", "A key of `BACKBONES`.")
    flags.DEFINE_integer("patch_size", 96, "Side of the crops to train on.", 32)
    flags.DEFINE_integer("batch_size", 4, "Pictures in a batch to train on.", 1)
    flags.DEFINE_integer("n_aug", 3, "Distortions of each, to train on.", 1)


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    for name in flags.FLAGS.what:
        {"chunks": chunks, "training": training, "queue": queue}[name]()


def chunks() -> None:
    """Prints chunks a second, by parts and plainly."""
    config = Config(expert="quality")
    images = open_images(flags.FLAGS.images)
    elements = images.epoch(0, 0).take(4).as_numpy_iterator()
    some = [element["image"] for element in elements]
    print(
        f"{'pictures':<12}{'way':<8}{'chunks/s':>9}{'cpu ms/chunk':>14}{'of plain':>10}"
    )
    for sides in flags.FLAGS.sides:
        height, width = map(int, sides.split("x"))
        picture = large_picture(some, height, width)
        ways = {
            "plain": functools.partial(make_chunks, picture, config, plain=True),
            "parts": functools.partial(make_chunks, picture, config, plain=False),
        }
        found = in_turns(ways, flags.FLAGS.repeats)
        for name, (seconds, cpu) in found.items():
            count = flags.FLAGS.chunks
            share = cpu / found["plain"][1]
            print(
                f"{sides:<12}{name:<8}{count / seconds:>9.2f}"
                f"{1000 * cpu / count:>14.0f}{share:>10.2f}",
                flush=True,
            )


def make_chunks(
    picture: np.ndarray, config: Config, *, plain: bool, seed: int = 0
) -> None:
    """Makes chunks in as many threads as there are cores, as the pipeline does."""

    def one(index: int) -> None:
        rng = np.random.default_rng([seed, index])
        chunk(picture, config, rng, traced=flags.FLAGS.traced, full_images=plain)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, range(flags.FLAGS.chunks)))


def training() -> None:
    """Prints steps a second, fed by the pipeline and not."""
    given = flags.FLAGS
    config = Config(
        expert="quality",
        backbone=given.backbone,
        patch_size=given.patch_size,
        batch_size=given.batch_size,
        n_aug=given.n_aug,
        optimizer="sgd",
        learning_rate=0.01,
    )
    trainee = ReIQA(**config.network).trainer(**config.contrast)
    trainee.compile(build_optimizer(config, steps_per_epoch=10_000))
    trainee.make_train_function()
    images = open_images(given.images)
    dataset = batches(images, config, seed=0, epochs=range(1)).repeat()
    feed = iter(dataset)
    one = next(feed)
    same = iter(tf.data.Dataset.from_tensors(one).repeat())
    kinds: dict[str, Callable[[], Any]] = {
        "training alone": lambda: trainee.train_function(same),
        "pipeline alone": lambda: next(feed),
        "training, fed": lambda: trainee.train_function(feed),
    }
    views = len(one[0])
    print(f"{views} crops of {given.patch_size} a step")
    print(f"{'':<16}{'steps/s':>9}{'crops/s':>9}{'cpu ms/step':>13}")
    for name, call in kinds.items():
        for _ in range(3):  # What was made ahead is used up.
            call()
        seconds, cpu = measure(call, 2 * given.repeats)
        print(
            f"{name:<16}{1 / seconds:>9.2f}{views / seconds:>9.0f}{1000 * cpu:>13.0f}",
            flush=True,
        )


def queue() -> None:
    """Prints the time of all cores that queues of several lengths take of a step."""
    names = ("put", "copy", "compare", "compare, put")
    print(f"{'queue':<10}" + "".join(f"{f'{name} ms':>17}" for name in names))
    rows = tf.random.stateless_normal((KEYS, LENGTH), (0, 1))
    for size in (4096, 16384, 65536, 262144):
        kept, unwritten = KeyQueue(size, LENGTH), KeyQueue(size, LENGTH)
        plain = tf.Variable(tf.zeros((size, LENGTH)))
        ways = {
            "put": functools.partial(kept.put, rows),
            "copy": functools.partial(copied, plain, rows),
            "compare": functools.partial(compared, unwritten, rows),
            "compare, put": functools.partial(compared, kept, rows, put=True),
        }
        calls = {name: repeated(way) for name, way in ways.items()}
        times = in_turns(calls, flags.FLAGS.repeats)
        cells = [f"{1000 * times[name][1] / STEPS:>17.2f}" for name in names]
        print(f"{size:<10}" + "".join(cells), flush=True)


def repeated(way: Callable[[], Any]) -> Callable[[], Any]:
    """Returns a graph of some steps, since in training they are a part of one."""

    def steps():
        for _ in range(STEPS):
            way()

    return tf.function(steps, autograph=False)


def compared(kept: KeyQueue, rows: tf.Tensor, *, put: bool = False) -> None:
    """Compares a few queries with all keys, and then writes keys or not."""
    logits = tf.matmul(rows[:QUERIES], kept.remembered(), transpose_b=True)
    tf.debugging.assert_all_finite(logits, "logits")  # So that they are computed.
    if put:
        kept.put(rows)


def copied(variable: tf.Variable, rows: tf.Tensor) -> None:
    """Puts rows into a queue by making it anew."""
    variable.assign(tf.concat([variable[len(rows) :], rows], axis=0))


def in_turns(
    calls: Mapping[str, Callable[[], Any]], repeats: int
) -> dict[str, tuple[float, float]]:
    """Returns medians of seconds, and of those of all cores, of calls in turns."""
    for call in calls.values():
        call()  # Builds what is built once.
    found = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            found[name].append(measure(call, 1))
    return {
        name: tuple(map(statistics.median, zip(*pairs, strict=True)))
        for name, pairs in found.items()
    }


def measure(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Returns the median seconds of a call, and its mean seconds of all cores."""
    seconds, cpu = [], time.process_time()
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), (time.process_time() - cpu) / repeats


def large_picture(pictures: list[np.ndarray], height: int, width: int) -> np.ndarray:
    """Returns pictures side by side, as one picture of any size."""
    sides = [picture.shape[:2] for picture in pictures]
    rows, columns = np.min(sides, axis=0).tolist()
    tiles = [picture[:rows, :columns] for picture in pictures]
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
