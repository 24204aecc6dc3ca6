"""Measures CONTRIQUE's pre-training: images per second, and its input pipeline.

python benchmarks/contrique.py [--images NAME] [--backbone NAME] [--batch_size N]

Medians over batches: training on one batch again and again, the pipeline alone, and
training on batches of the pipeline. The pipeline keeps up if the third is close to the
first, or to what is possible when both share the cores. An image is one distorted
image, of which two views are compared.
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
    flags.DEFINE_string("images", "stream:textured_leaves/512", "Pristine images.")
    flags.DEFINE_string("authentic_images", None, "Photographs, not distorted.")
    flags.DEFINE_string("backbone", "resnet10_slim", "A key of `BACKBONES`.")
    flags.DEFINE_integer("batch_size", 32, "Images in a batch.", lower_bound=2)
    flags.DEFINE_integer("crop_size", 256, "Side of the views.", lower_bound=32)
    flags.DEFINE_integer("versions", 1, "Versions of a pristine image.", 1)
    flags.DEFINE_integer("repeats", 12, "Batches of which the median counts.", 1)
    flags.DEFINE_bool("traced", True, "Whether to build a graph for each class.")


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    values = flags.FLAGS
    config = Config(
        backbone=values.backbone,
        batch_size=values.batch_size,
        crop_size=values.crop_size,
        versions=values.versions,
    )
    if values.traced:
        print(f"graphs of all classes: {trace_all():.1f} s, once")
    trainee = CONTRIQUE(**config.network).trainer(**config.contrast)
    trainee.compile(build_optimizer(config, steps=10_000))
    noise_batch = noise(config)
    feed = pipeline(config)  # Starts with its first batch.
    kinds: dict[str, Callable[[], Any]] = {
        "training alone": lambda: train(trainee, noise_batch),
        "pipeline alone": lambda: next(feed),
        "training, fed": lambda: train(trainee, next(feed)),
    }
    print(f"{'':<16}{'pictures/s':>11}{'cpu ms/picture':>16}")
    for name, call in kinds.items():
        seconds, cpu = measure(call, values.repeats)
        count = values.batch_size
        print(
            f"{name:<16}{count / seconds:>11.1f}{1000 * cpu / count:>16.1f}", flush=True
        )


def pipeline(config: Config) -> Any:
    """Returns an endless iterator over batches."""
    values = flags.FLAGS
    authentic = values.authentic_images and open_images(values.authentic_images)
    # Classes are traced only in late epochs.
    epochs = range(100_000, 100_001) if values.traced else range(1)
    return itertools.chain.from_iterable(
        batches(open_images(values.images), authentic, config, seed=seed, epochs=epochs)
        for seed in itertools.count()
    )


def noise(config: Config) -> tuple:
    """Returns a batch of noise in the form of the pipeline's batches."""
    rng = np.random.default_rng(0)
    shape = (config.batch_size, config.crop_size, config.crop_size, 3)
    views = tuple(rng.uniform(0, 255, shape).astype("float32") for _ in range(2))
    return views, rng.integers(0, 126, config.batch_size).astype("int32")


def train(trainee: Any, batch: tuple) -> None:
    """Takes one step."""
    views, labels = batch
    trainee.train_on_batch(views, labels)


def measure(call: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Returns the median seconds of a call, and its mean processor seconds."""
    for _ in range(3):  # Uses up what was prepared in advance.
        call()
    seconds, cpu = [], time.process_time()
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), (time.process_time() - cpu) / repeats


def trace_all() -> float:
    """Returns the seconds that building the graphs of all classes takes."""
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    start = time.perf_counter()
    for row in DISTORTIONS.values():
        for level in range(1, 6):
            distort_image(image, row.number, level, (0, 0), traced=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    define_flags()
    app.run(main)
