"""Measures CONTRIQUE's pre-training: pictures a second, and what feeds it.

python benchmarks/contrique.py [--images NAME] [--backbone NAME] [--batch_size N]

Medians over batches: training on one batch again and again, the pipeline alone, and
training fed by the pipeline. Where the third is close to the first, or to what both
leave each other of the same cores, training is kept fed. A picture is one
distorted picture, of which two views are compared.
"""

import itertools
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from absl import app
from absl import flags

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.methods.contrique.batches import batches
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.training import build_optimizer
from tfiqa.models import CONTRIQUE
from tfiqa.training.unlabeled import open_images


def define_flags() -> None:
    flags.DEFINE_string("images", "stream:textured_leaves/512", "Pristine pictures.")
    flags.DEFINE_string("authentic_images", None, "Photographs as they come.")
    flags.DEFINE_string("backbone", "resnet10_slim", "A key of `BACKBONES`.")
    flags.DEFINE_integer("batch_size", 32, "Pictures in a batch.", lower_bound=2)
    flags.DEFINE_integer("crop_size", 256, "Side of the views.", lower_bound=32)
    flags.DEFINE_integer("versions", 1, "Versions of a pristine picture.", 1)
    flags.DEFINE_integer("repeats", 12, "Batches of which the median counts.", 1)
    flags.DEFINE_bool("traced", True, "Whether to build a graph for each class.")


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    given = flags.FLAGS
    config = Config(
        backbone=given.backbone,
        batch_size=given.batch_size,
        crop_size=given.crop_size,
        versions=given.versions,
    )
    if given.traced:
        print(f"graphs of all classes: {trace_all():.1f} s, once")
    trainee = CONTRIQUE(**config.network).trainer(**config.contrast)
    trainee.compile(build_optimizer(config, steps=10_000))
    one = noise(config)
    feed = pipeline(config)  # Does nothing before its first batch is asked for.
    kinds: dict[str, Callable[[], Any]] = {
        "training alone": lambda: train(trainee, one),
        "pipeline alone": lambda: next(feed),
        "training, fed": lambda: train(trainee, next(feed)),
    }
    print(f"{'':<16}{'pictures/s':>11}{'cpu ms/picture':>16}")
    for name, call in kinds.items():
        seconds, cpu = measure(call, given.repeats)
        per = given.batch_size
        print(f"{name:<16}{per / seconds:>11.1f}{1000 * cpu / per:>16.1f}", flush=True)


def pipeline(config: Config) -> Any:
    """Returns an endless iterator over batches."""
    given = flags.FLAGS
    authentic = given.authentic_images and open_images(given.authentic_images)
    # So early an epoch that classes are not traced, or so late that they are.
    epochs = range(100_000, 100_001) if given.traced else range(1)
    return itertools.chain.from_iterable(
        batches(open_images(given.images), authentic, config, seed=seed, epochs=epochs)
        for seed in itertools.count()
    )


def noise(config: Config) -> tuple:
    """Returns a batch of noise, as the pipeline makes them."""
    rng = np.random.default_rng(0)
    shape = (config.batch_size, config.crop_size, config.crop_size, 3)
    views = tuple(rng.uniform(0, 255, shape).astype("float32") for _ in range(2))
    return views, rng.integers(0, 126, config.batch_size).astype("int32")


def train(trainee: Any, batch: tuple) -> None:
    """Takes one step."""
    views, labels = batch
    trainee.train_on_batch(views, labels)


def measure(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Returns the median seconds of a call, and its mean seconds of all cores."""
    for _ in range(3):  # What was made ahead is used up.
        call()
    seconds, cpu = [], time.process_time()
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), (time.process_time() - cpu) / repeats


def trace_all() -> float:
    """Returns the seconds that it takes to build the graphs of all classes."""
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    start = time.perf_counter()
    for row in DISTORTIONS.values():
        for level in range(1, 6):
            distort_image(picture, row.number, level, (0, 0), traced=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    define_flags()
    app.run(main)
