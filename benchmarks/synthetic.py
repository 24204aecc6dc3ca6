"""Measures the synthetic pictures: how fast they are made, and how natural they are.

python -m benchmarks.synthetic [--repeats N] [--memory N]
python -m benchmarks.synthetic --pristine FOLDER [--count N] [--figure FILE]

The first gives milliseconds per picture on one core, beside a straightforward painter
in the same run (one leaf after another over the whole canvas until it is full), and
with `--memory` the resident memory after N small pictures. The second compares
statistics with those of photographs.
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
    given = flags.FLAGS
    if given.pristine:
        compare(Path(given.pristine), given.count, given.figure)
    else:
        measure_time(given.repeats)
        if given.memory:
            measure_memory(given.memory)


def measure_time(repeats: int) -> None:
    """Prints the median milliseconds of all kinds, repeats interleaved."""
    runs = {"painter, discs": lambda *a: painter(*a, "discs")}
    runs |= {"painter, mixed": lambda *a: painter(*a, "mixed"), **KINDS}
    print(
        f"{'kind':>15}" + "".join(f"{size:>9}" for size in SIZES) + "  ms per picture"
    )
    seconds = {(name, size): [] for name in runs for size in SIZES}
    for size in SIZES:
        synthetic.textured_leaves(0, size)  # Makes the textures.
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
    """Paints one leaf after another over the whole canvas until nothing is black."""
    blocks = leaves.blocks(
        Stream(0, index),
        (size, size),
        shapes=shapes,
        radii=(0.03, 1.0),
        radius_law="inverse",
    )
    colours = np.random.default_rng(index)
    canvas = np.zeros((size, size, 3), np.uint8)
    rows, columns = np.indices((size, size))
    for block in blocks:
        for i in range(len(block.x)):
            dx, dy = columns - block.x[i], rows - block.y[i]
            inside = dx * dx + dy * dy <= block.radius[i] ** 2
            for k in range(4 if block.polygon[i] else 0):
                across = dx * block.normal_x[i, k] + dy * block.normal_y[i, k]
                inside &= across <= block.offset[i, k]
            canvas[inside] = colours.integers(1, 256, 3)
            if canvas.any(axis=-1).all():
                return canvas
    raise AssertionError("leaves never end")


def measure_memory(count: int) -> None:
    """Prints the largest resident memory after a tenth of all, and after all."""
    for index in range(count):
        for kind in synthetic.KINDS:
            synthetic.make_image(kind, index, 32)
        if index + 1 in (count // 10, count):
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{index + 1:>9} of each kind: {peak:.0f} MB", flush=True)


def compare(folder: Path, count: int, figure: str | None) -> None:
    """Prints, and draws, the statistics of all kinds beside those of photographs."""
    kinds = {
        "photographs": [crop(path) for path in sorted(folder.rglob("*.[jp][pn]g"))]
    }
    for name, make in KINDS.items():
        kinds[name] = [make(index, SIDE) for index in range(count)]
    measures = {
        title: {
            name: np.array([measure(picture) for picture in pictures])
            for name, pictures in kinds.items()
        }
        for title, measure in MEASURES.items()
    }
    features = {
        name: np.stack(
            [natural_statistics.natural_features(picture) for picture in pictures]
        )
        for name, pictures in kinds.items()
    }
    natural = features.pop("photographs")
    distances = {
        name: natural_statistics.feature_distance(own, natural)
        for name, own in features.items()
    }
    for title, values in measures.items():
        print(title)
        for name, own in values.items():
            below = (values["photographs"] < np.median(own)).mean()
            low, middle, high = np.percentile(own, [5, 50, 95])
            print(
                f"{name:>15}: median {middle:6.2f}, 5 to 95 % {low:6.2f} to {high:6.2f}"
                f", percentile within photographs {100 * below:3.0f}"
            )
    print("Distance of features:", {k: round(v, 2) for k, v in distances.items()})
    if figure:
        drawn = statistics_figure.statistics(
            measures,
            distances,
            natural="photographs",
            logarithmic=["Kurtosis of derivatives"],
        )
        Path(figure).write_bytes(drawn)


def crop(path: Path) -> np.ndarray:
    """Returns the middle of a photograph."""
    photograph = np.asarray(Image.open(path).convert("RGB"))
    top, left = ((side - SIDE) // 2 for side in photograph.shape[:2])
    return photograph[top : top + SIDE, left : left + SIDE]


if __name__ == "__main__":
    flags.DEFINE_integer("repeats", 40, "Pictures of each kind.", lower_bound=1)
    flags.DEFINE_integer("memory", 0, "Pictures to measure memory over.", lower_bound=0)
    flags.DEFINE_string("pristine", None, "A folder of photographs to compare with.")
    flags.DEFINE_integer("count", 256, "Pictures to compare.", lower_bound=8)
    flags.DEFINE_string("figure", None, "The PNG file of the comparison.")
    app.run(main)
