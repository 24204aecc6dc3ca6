"""Measures the distortions: milliseconds per image of 512x384, type by type.

python benchmarks/distortions.py

Medians of several calls at batch 1 and 16, over levels 1, 3 and 5, with all cores.
`cpu` is the time of all threads divided by the number of cores: the best wall time on
an idle machine. `tf.data` distorts one image per core at a time, in graphs, as training
does. Five types also have a plain implementation with NumPy and SciPy, measured in the
same run. The last lines show how the time grows with the size of the image.
"""

import os
import time
from collections.abc import Callable

import numpy as np
import scipy.ndimage
import tensorflow as tf
from absl import app
from absl import flags

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort

BATCHES = (1, 16)
LEVELS = (1, 3, 5)
SHOWN = (0, 2, 3, 4)  # Columns; the time of all threads at batch 1 says little.


def define_flags() -> None:
    flags.DEFINE_integer("repeats", 5, "Calls of which the median counts.", 1)
    flags.DEFINE_multi_enum("type", None, list(DISTORTIONS), "Only these types.")


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    names = flags.FLAGS.type or list(DISTORTIONS)
    repeats = flags.FLAGS.repeats
    images = {batch: example_images(batch) for batch in BATCHES}
    columns = ("batch 1", "batch 16", "cpu 16", "tf.data", "plain")
    print(f"{'type':<22}" + "".join(f"{column:>9}" for column in columns))
    totals = []
    for name in names:
        row = []
        for batch in BATCHES:
            times = [measure(images[batch], name, level, repeats) for level in LEVELS]
            row += list(np.mean(times, axis=0))
        row.append(np.mean([dataset_time(images[16], name, level) for level in LEVELS]))
        totals.append(row)
        cells = "".join(f"{row[column]:9.2f}" for column in SHOWN)
        print(f"{name:<22}{cells}{plain_time(name, images[1][0], repeats)}", flush=True)
    mean = np.mean(totals, axis=0)
    print(f"{'mean':<22}" + "".join(f"{mean[column]:9.2f}" for column in SHOWN))
    print_growth(repeats)


def example_images(batch: int, height: int = 384, width: int = 512) -> np.ndarray:
    """Returns smooth random images with grain, float32 in `[0, 255]`."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (batch, 8, 8, 3))
    smooth = scipy.ndimage.zoom(coarse, (1, height / 8, width / 8, 1), order=1)
    grain = rng.normal(0, 8, (batch, height, width, 1))
    return np.clip(np.round(smooth + grain), 0, 255).astype("float32")


def measure(
    images: np.ndarray, name: str, level: int, repeats: int
) -> tuple[float, float]:
    """Returns milliseconds per image: wall time, and CPU time over the cores."""
    return median_time(
        lambda: distort(images, name, level, (1, 2)).numpy(), len(images), repeats
    )


def dataset_time(images: np.ndarray, name: str, level: int, batches: int = 5) -> float:
    """Returns milliseconds per image of a dataset that distorts one image per core."""
    cores = os.cpu_count() or 1
    options = tf.data.Options()
    options.threading.private_threadpool_size = cores
    options.threading.max_intra_op_parallelism = 1
    keys = np.arange(2 * len(images), dtype="int32").reshape(-1, 2)
    dataset = tf.data.Dataset.from_tensor_slices((images[:, None], keys[:, None]))
    dataset = dataset.repeat().map(
        lambda image, key: distort(image, name, level, key), num_parallel_calls=cores
    )
    batched = iter(dataset.batch(len(images)).with_options(options))
    next(batched)  # Compiles, fills caches.
    start = time.perf_counter()
    for _ in range(batches):
        next(batched)
    return (time.perf_counter() - start) * 1e3 / (batches * len(images))


def median_time(
    function: Callable[[], object], count: int, repeats: int
) -> tuple[float, float]:
    function()  # Compiles, fills caches.
    wall, cpu = [], []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        function()
        wall.append(time.perf_counter() - start[0])
        cpu.append(time.process_time() - start[1])
    cores = os.cpu_count() or 1
    scale = 1e3 / count
    return float(np.median(wall)) * scale, float(np.median(cpu)) * scale / cores


def plain_time(name: str, image: np.ndarray, repeats: int) -> str:
    """Returns the wall time of a plain implementation, or an empty string."""
    plain = PLAIN.get(name)
    if plain is None:
        return ""
    return f"{median_time(lambda: plain(rescaled(image)), 1, repeats)[0]:9.2f}"


def print_growth(repeats: int) -> None:
    print("\nms per megapixel at batch 1")
    for height, width in ((192, 256), (384, 512), (768, 1024), (1536, 2048)):
        image = example_images(1, height, width)
        cells = []
        for name in ("gaussian_blur", "jpeg", "white_noise", "jitter"):
            wall, _ = measure(image, name, 3, repeats)
            cells.append(f"{name} {wall / (height * width / 1e6):.1f}")
        print(f"{width}x{height}: " + ", ".join(cells), flush=True)


def rescaled(image: np.ndarray) -> np.ndarray:
    return (image - image.min()) / np.ptp(image)


def plain_gaussian_blur(image: np.ndarray) -> np.ndarray:
    return rescaled(
        scipy.ndimage.gaussian_filter(image, (1, 1, 0), truncate=2, mode="nearest")
    )


def plain_lens_blur(image: np.ndarray) -> np.ndarray:
    grid = np.arange(-4, 5)
    kernel = (np.square(grid[:, None]) + np.square(grid) <= 16).astype("float32")
    kernel = (kernel / kernel.sum())[:, :, None]
    return rescaled(scipy.ndimage.correlate(image, kernel, mode="nearest"))


def plain_white_noise(image: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 0.003**0.5, image.shape)
    return rescaled(np.clip(image + noise, 0, 1))


def plain_jitter(image: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
    for _ in range(5):
        steps = rng.normal(0, 0.2, (2, *image.shape[:2]))
        coordinates = [rows - steps[0], columns - steps[1]]
        channels = [
            scipy.ndimage.map_coordinates(channel, coordinates, order=3, mode="nearest")
            for channel in np.moveaxis(image, -1, 0)
        ]
        image = np.stack(channels, axis=-1)
    return rescaled(image)


def plain_darken(image: np.ndarray) -> np.ndarray:
    return rescaled(np.clip(image * (0.4 * image + 0.6), 0, 1))


PLAIN = {
    "gaussian_blur": plain_gaussian_blur,
    "lens_blur": plain_lens_blur,
    "white_noise": plain_white_noise,
    "darken": plain_darken,
    "jitter": plain_jitter,
}


if __name__ == "__main__":
    define_flags()
    app.run(main)
