"""Measures the peak resident memory of `tfiqa.score` on large photographs.

python benchmarks/memory.py SCORER

One image, and then several, are scored in processes of their own: memory must not grow
with the number of images. The images are generated JPEG files.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

SIZES = {12: (4000, 3000), 100: (10000, 10000)}  # Megapixels: width, height.
COUNTS = (1, 4)


def main(scorer: str) -> None:
    print(f"{'megapixels':>10} {'images':>9} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for megapixels, size in SIZES.items():
            paths = [Path(folder, f"{megapixels}-{i}.jpg") for i in range(max(COUNTS))]
            write(paths[0], size)
            for path in paths[1:]:
                os.link(paths[0], path)
            for count in COUNTS:
                peak = peak_memory(scorer, paths[:count])
                print(f"{megapixels:>10} {count:>9} {peak / 1e6:>8.0f}", flush=True)


def write(path: Path, size: tuple[int, int]) -> None:
    """Writes a coarse pattern under fine noise: neither flat nor quick to decode."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (12, 12, 3)).astype("uint8")
    image = np.asarray(Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC))
    noise = random.integers(0, 16, (size[1], size[0], 1), dtype="uint8")
    Image.fromarray(image // 2 + 60 + noise).save(path, quality=90)


def peak_memory(scorer: str, paths: list[Path]) -> int:
    """Returns the largest resident size of the process, in bytes."""
    command = [sys.executable, "-m", "tfiqa.score", "--model", scorer, *map(str, paths)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with {status}")
    return usage.ru_maxrss * 1024  # Linux counts KiB.


if __name__ == "__main__":
    main(*sys.argv[1:])
