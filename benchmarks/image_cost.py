"""Processor time of one image of CONTRIQUE and of one chunk of Re-IQA, by both paths.

python benchmarks/image_cost.py FOLDER

Takes the photographs below FOLDER of at least 512x384 pixels, and cuts them to that.
The CPU path makes the crops; the device path leaves distortions, halving and colors to
the device (`--augment_on`), so only what is left for the CPU is measured. Graphs are
traced first, which takes minutes. The share under Python's lock is that of
`lock_share.py`.
"""

import itertools
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from lock_share import LockShare

from tfiqa.data.images import of_folder
from tfiqa.methods.contrique import batches as contrique
from tfiqa.methods.contrique import device_batches as contrique_device
from tfiqa.methods.contrique.config import Config as Contrique
from tfiqa.methods.reiqa import batches as reiqa
from tfiqa.methods.reiqa import device_batches as reiqa_device
from tfiqa.methods.reiqa.config import Config as ReIQA

SIZE = (384, 512)
PHOTOGRAPHS = 24
SEED = 0


def main(folder: str) -> None:
    """Prints a line for each kind of example."""
    images = photographs(folder)
    pair, chunk = Contrique(), ReIQA(expert="quality")
    rows: list[tuple[str, Callable[..., Any], int, int]] = [
        (
            "contrique, distorted",
            part(contrique._distorted, pair, SEED, True),
            *(900, 300),
        ),
        ("contrique, photograph", part(contrique._authentic, pair, SEED), 5, 200),
        (
            "contrique, distorted, device",
            part(contrique_device._distorted, SIZE, pair, SEED, True),
            *(20, 300),
        ),
        (
            "contrique, photograph, device",
            part(contrique_device._authentic, pair, SEED),
            *(5, 200),
        ),
        ("reiqa, chunk", part(reiqa._chunk, chunk, SEED, True), 800, 60),
        (
            "reiqa, chunk, device",
            part(reiqa_device._element, chunk, SIZE, SEED, True),
            *(10, 60),
        ),
    ]
    print(f"{'':<32}{'CPU ms':>8}{'wall ms':>9}{'lock':>7}")
    for name, make, first, count in rows:
        cpu, wall, lock = measured(make, images, first, count)
        print(f"{name:<32}{1000 * cpu:>8.1f}{1000 * wall:>9.1f}{lock:>7.0%}")


def photographs(folder: str) -> list[np.ndarray]:
    """Returns photographs of one size."""
    rows, columns = SIZE
    all_of_them = of_folder(folder).first_epoch(SEED)
    large = (
        image[:rows, :columns]
        for image in all_of_them
        if image.shape[0] >= rows and image.shape[1] >= columns
    )
    return list(itertools.islice(large, PHOTOGRAPHS))


def part(function: Callable[..., Any], *arguments: Any) -> Callable[..., Any]:
    """Returns the function of an image, its index and the epoch."""
    return lambda image, number: function(
        *arguments, image, np.int64(number), np.int64(0)
    )


def measured(
    make: Callable[..., Any], images: list[np.ndarray], first: int, count: int
) -> tuple[float, float, float]:
    """Returns mean processor and wall seconds, and the share under the lock.

    Args:
        make: Takes an image and its index.
        images: Images, used by turns.
        first: Number of examples before those that are measured.
        count: Number of examples that are measured.
    """

    def run(numbers: range) -> None:
        for number in numbers:
            make(images[number % len(images)], number)

    run(range(first))
    numbers = range(first, first + count)
    cpu, wall = time.process_time(), time.perf_counter()
    run(numbers)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    with LockShare() as lock:
        run(numbers)
    return cpu / count, wall / count, lock.share


if __name__ == "__main__":
    main(sys.argv[1])
