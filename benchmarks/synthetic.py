"""Measures the synthetic images: how fast they are made, and how natural they are.

python -m benchmarks.synthetic [--repeats N] [--memory N]
python -m benchmarks.synthetic --pristine FOLDER [--count N] [--figure FILE]

The first command prints milliseconds per image on one core, and those of a simple
painter in the same run, which draws one leaf after another over the entire canvas until
it is full. `--memory` adds the resident memory after N small images. The second command
compares statistics with those of photographs.
"""

import resource
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from absl import app
from absl import flags
from PIL import Image

from benchmarks import natural_statistics
from benchmarks import statistics_figure
from tfiqa import synthetic
from tfiqa.synthetic import leaves
from tfiqa.synthetic.randomness import Stream

SIZES = (256, 512)
SIDE = 256
MEASURES = {
    "Slope of the spectrum": natural_statistics.spectrum_slope,
    "Kurtosis of derivatives": natural_statistics.derivative_kurtosis,
}
KINDS: dict[str, Callable] = {
    "discs": synthetic.dead_leaves,
    "mixed": lambda *a: synthetic.dead_leaves(*a, shapes="mixed"),
    "textured": synthetic.textured_leaves,
    "cel": synthetic.cel,
}


def main(argv: list[str]) -> None:
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}")
    values = flags.FLAGS
    if values.pristine:
        compare(Path(values.pristine), values.count, values.figure)
    else:
        measure_time(values.repeats)
        if values.memory:
            measure_memory(values.memory)


def measure_time(repeats: int) -> None:
    """Prints the median milliseconds of each kind; the kinds take turns."""
    runs = {"painter, discs": lambda *a: painter(*a, "discs")}
    runs |= {"painter, mixed": lambda *a: painter(*a, "mixed"), **KINDS}
    print(f"{'kind':>15}" + "".join(f"{size:>9}" for size in SIZES) + "  ms per image")
    seconds = {(name, size): [] for name in runs for size in SIZES}
    for size in SIZES:
        synthetic.textured_leaves(0, size)  # Fills the cache of textures.
    for index in range(repeats):
        for name, size in seconds:
            if name.startswith("painter") and index >= max(repeats // 10, 1):
                continue
            start = time.process_time()
            runs[name](index, size)
            seconds[name, size].append(time.process_time() - start)
    for name in runs:
        cells = [1000 * statistics.median(seconds[name, size]) for size in SIZES]
        print(f"{name:>15}" + "".join(f"{cell:>9.1f}" for cell in cells))


def painter(index: int, size: int, shapes: str) -> np.ndarray:
    """Paints one leaf after another over the entire canvas until nothing is black."""
    blocks = leaves.blocks(
        Stream(0, index),
        (size, size),
        shapes=shapes,
        radii=(0.03, 1.0),
        radius_law="inverse",
    )
    colors = np.random.default_rng(index)
    canvas = np.zeros((size, size, 3), np.uint8)
    rows, columns = np.indices((size, size))
    for block in blocks:
        for i in range(len(block.x)):
            dx, dy = columns - block.x[i], rows - block.y[i]
            inside = dx * dx + dy * dy <= block.radius[i] ** 2
            for k in range(4 if block.polygon[i] else 0):
                across = dx * block.normal_x[i, k] + dy * block.normal_y[i, k]
                inside &= across <= block.offset[i, k]
            canvas[inside] = colors.integers(1, 256, 3)
            if canvas.any(axis=-1).all():
                return canvas
    raise AssertionError("leaves never end")


def measure_memory(count: int) -> None:
    """Prints the peak memory after a tenth of the images, and after all of them."""
    for index in range(count):
        for kind in synthetic.KINDS:
            synthetic.make_image(kind, index, 32)
        if index + 1 in (count // 10, count):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{index + 1:>9} of each kind: {peak:.0f} MB", flush=True)


def compare(folder: Path, count: int, figure: str | None) -> None:
    """Prints and plots the statistics of all kinds and of photographs."""
    kinds = {
        "photographs": [crop(path) for path in sorted(folder.rglob("*.[jp][pn]g"))]
    }
    for name, make in KINDS.items():
        kinds[name] = [make(index, SIDE) for index in range(count)]
    measures = {
        title: {
            name: np.array([measure(image) for image in images])
            for name, images in kinds.items()
        }
        for title, measure in MEASURES.items()
    }
    features = {
        name: np.stack([natural_statistics.natural_features(image) for image in images])
        for name, images in kinds.items()
    }
    natural = features.pop("photographs")
    distances = {
        name: natural_statistics.feature_distance(of_kind, natural)
        for name, of_kind in features.items()
    }
    for title, by_kind in measures.items():
        print(title)
        for name, of_kind in by_kind.items():
            below = (by_kind["photographs"] < np.median(of_kind)).mean()
            low, middle, high = np.percentile(of_kind, [5, 50, 95])
            print(
                f"{name:>15}: median {middle:6.2f}, 5 to 95 % {low:6.2f} to {high:6.2f}"
                f", percentile within photographs {100 * below:3.0f}"
            )
    print("Distance of features:", {k: round(v, 2) for k, v in distances.items()})
    if figure:
        png = statistics_figure.statistics(
            measures,
            distances,
            natural="photographs",
            logarithmic=["Kurtosis of derivatives"],
        )
        Path(figure).write_bytes(png)


def crop(path: Path) -> np.ndarray:
    """Returns the center of a photograph."""
    photograph = np.asarray(Image.open(path).convert("RGB"))
    top, left = ((side - SIDE) // 2 for side in photograph.shape[:2])
    return photograph[top : top + SIDE, left : left + SIDE]


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 40, "Images of each kind.", lower_bound=1)
    flags.DEFINE_integer("memory", 0, "Images to measure memory over.", lower_bound=0)
    flags.DEFINE_string("pristine", None, "A folder of photographs to compare with.")
    flags.DEFINE_integer("count", 256, "Images to compare.", lower_bound=8)
    flags.DEFINE_string("figure", None, "PNG file to write the comparison to.")
    app.run(main)
