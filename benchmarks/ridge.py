"""Measures ten-split ridge regression with a search for alpha, on random features.

python benchmarks/ridge.py [IMAGES [LENGTH [SPLITS]]]   # 12000 8192 10 by default

First, one division is solved for all alphas by eigenvectors, as `regression` does, and
by a factorization for each alpha. Then comes the full protocol, `regression.repeated`:
each division chooses alpha on validation, fits once more, and tests. On a shared
machine, set OPENBLAS_NUM_THREADS=1 and compare the processor seconds.
"""

import resource
import sys
import time

import numpy as np
import scipy.linalg

from tfiqa import regression

# The grids of the methods: contrique's, and the linear probe's.
GRIDS = {"17 alphas": np.logspace(-2, 6, 17), "100 alphas": np.logspace(-3, 3, 100)}


def main(images: int = 12_000, length: int = 8192, splits: int = 10) -> None:
    features, mos = random_data(images, length)
    print(f"{images} images, {length} features, {features.nbytes / 1e6:.0f} MB")
    count = int(0.7 * images)
    for name, alphas in GRIDS.items():
        for solve in (eigenvectors, factorizations):
            if solve is factorizations and len(alphas) > 17 and length > 4096:
                continue
            started = clocks()
            solve(features[:count], mos[:count], features[count:], alphas)
            label = f"one division, {name:<10} {solve.__name__:<16} {passed(started)}"
            print(label, flush=True)
    started = clocks()
    results = regression.repeated(
        *(features, mos, np.arange(images).astype(str)),
        alphas=tuple(GRIDS["100 alphas"]),
        repeats=splits,
        standardized=True,
    )
    print(
        f"{splits} divisions, 100 alphas: {passed(started)}, median SROCC "
        f"{np.median(results.srocc):.3f}"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"peak memory {peak * 1024 / 1e6:.0f} MB")


def clocks() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


def passed(started: tuple[float, float]) -> str:
    wall, processor = (now - then for now, then in zip(clocks(), started, strict=True))
    return f"{wall:8.1f} s, {processor:8.1f} s CPU"


def random_data(images: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns random features, float32 `(images, length)`, and MOS that follow some."""
    random = np.random.default_rng(0)
    features = random.standard_normal((images, length), dtype="float32")
    mos = features[:, :64].sum(axis=1) + 4 * random.standard_normal(images)
    return features, mos


def eigenvectors(features, mos, unseen, alphas) -> None:
    regression.predictions_of_all(features, mos, unseen, alphas, standardized=True)


def factorizations(features, mos, unseen, alphas) -> None:
    known, unseen, centered = prepared(features, mos, unseen)
    gram, load = known.T @ known, known.T @ centered
    for alpha in alphas:
        shifted = gram.copy()
        shifted[np.diag_indices_from(shifted)] += alpha
        unseen @ scipy.linalg.solve(
            shifted.T, load, assume_a="pos", overwrite_a=True, check_finite=False
        )


def prepared(features, mos, unseen) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, std = features.mean(0), features.std(0)
    return (features - mean) / np.float64(std), (unseen - mean) / std, mos - mos.mean()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
