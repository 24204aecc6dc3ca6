"""Measures the bootstrap intervals of all metrics, and of a difference in SROCC.

python benchmarks/bootstrap.py [RESAMPLES [PICTURES...]]   # 10000 480 2400 10000

Each line is one metric on so many pictures, whose MOS are rounded so that some tie. The
metrics that resample counts stand beside a loop over resamples, of a twentieth as many.
"""

import sys
import time

import numpy as np

from tfiqa import metrics


def main(resamples: int = 10_000, *pictures: int) -> None:
    for n in pictures or (480, 2400, 10_000):
        random = np.random.default_rng(0)
        mos = np.round(random.normal(size=n), 2)
        scores = mos + random.normal(size=n)
        for name in ("srocc", "plcc", "krocc", "rmse"):
            metric = getattr(metrics, name)
            took = seconds(
                metrics.bootstrap_interval, metric, scores, mos, resamples=resamples
            )
            print(f"{n:6} pictures, {name}: {took:6.2f} s", end="")
            if name in ("srocc", "krocc"):
                some = max(1, resamples // 20)
                took = seconds(
                    metrics.bootstrap_interval,
                    lambda x, y, metric=metric: metric(x, y),
                    *(scores, mos),
                    resamples=some,
                )
                print(f", a loop {took * resamples / some:6.1f} s", end="")
            print(flush=True)
        other = mos + random.normal(size=n)
        took = seconds(metrics.compare_srocc, scores, other, mos, resamples=resamples)
        print(f"{n:6} pictures, difference in SROCC: {took:6.2f} s", flush=True)


def seconds(function, *arguments, **options) -> float:
    started = time.monotonic()
    function(*arguments, **options)
    return time.monotonic() - started


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
