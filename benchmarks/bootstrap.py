"""Measures the bootstrap intervals of all metrics, and of a difference in SROCC.

python benchmarks/bootstrap.py [RESAMPLES [IMAGES...]]   # 10000 480 2400 10000

Each line is one metric on so many images, whose MOS are rounded so that some tie.
Metrics that resample counts are compared with a loop over resamples, which is timed on
one resample in twenty.
"""

import sys
import time

import numpy as np

from tfiqa import metrics


def main(resamples: int = 10_000, *sizes: int) -> None:
    for n in sizes or (480, 2400, 10_000):
        random = np.random.default_rng(0)
        mos = np.round(random.normal(size=n), 2)
        scores = mos + random.normal(size=n)
        for name in ("srocc", "plcc", "krocc", "rmse"):
            metric = getattr(metrics, name)
            elapsed = seconds(
                metrics.bootstrap_interval, metric, scores, mos, resamples=resamples
            )
            print(f"{n:6} images, {name}: {elapsed:6.2f} s", end="")
            if name in ("srocc", "krocc"):
                some = max(1, resamples // 20)
                elapsed = seconds(
                    metrics.bootstrap_interval,
                    lambda x, y, metric=metric: metric(x, y),
                    *(scores, mos),
                    resamples=some,
                )
                print(f", a loop {elapsed * resamples / some:6.1f} s", end="")
            print(flush=True)
        other = mos + random.normal(size=n)
        elapsed = seconds(
            metrics.compare_srocc, scores, other, mos, resamples=resamples
        )
        print(f"{n:6} images, difference in SROCC: {elapsed:6.2f} s", flush=True)


def seconds(function, *arguments, **options) -> float:
    started = time.monotonic()
    function(*arguments, **options)
    return time.monotonic() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
