"""Agreement of `tfiqa.fit` with few labels: how well its choice does on a test part.

python benchmarks/few_labels.py FOLDER TRAIN.csv TEST.csv [FEATURES.npz [FAMILIES [N]]]

The tables have the columns `image` and `mos`. For each draw, 50 labels are part of the
100, and these of the 200. FEATURES.npz keeps the features of all images, arrays `names`
and one for each table of features; it is written if it does not exist. FAMILIES are
some of ridge, svr, mlp, brisque and distance, separated by commas; all by default. N is
the number of draws.
"""

import sys
import time
from pathlib import Path

import numpy as np

from tfiqa import metrics
from tfiqa.evaluation.own_metric import features
from tfiqa.evaluation.own_metric.families import open_families
from tfiqa.evaluation.own_metric.labels import matched
from tfiqa.evaluation.own_metric.labels import open_folder
from tfiqa.evaluation.own_metric.nested import chosen_setting
from tfiqa.files.rating_rows import read_ratings

COUNTS = (50, 100, 200)
FAMILIES = {
    "ridge": "trunk",
    "svr": "trunk",
    "mlp": "trunk",
    "brisque": "brisque",
    "distance": "patches",
}


def main(
    folder: str,
    train: str,
    test: str,
    stored: str | None = None,
    families: str = ",".join(FAMILIES),
    draws: str = "5",
) -> None:
    """Prints the SROCC of each family and of the choice among them."""
    images = open_folder(folder)
    known, unseen = (matched(read_ratings(path), images) for path in (train, test))
    names = [*known.names, *unseen.names]
    tables = read_tables(images, names, stored)
    mos = np.concatenate([known.mos, unseen.mos])
    contents = np.arange(len(names)).astype(np.str_)
    rows = np.arange(len(known.names), len(names))
    chosen = families.split(",")
    tried = open_families(chosen, tables, (float(mos.min()), float(mos.max())))
    shape = len(COUNTS), int(draws)
    results = {name: np.zeros(shape) for name in (*chosen, "choice")}
    for draw in range(int(draws)):
        order = np.random.default_rng(draw).permutation(len(known.names))
        for row, count in enumerate(COUNTS):
            labeled = np.sort(order[:count])
            outcomes = {}
            for family in tried:
                started = time.process_time()
                setting, inner = 0, 0.0
                if len(tried) > 1 or len(family.settings) > 1:
                    setting, inner = chosen_setting(
                        family, labeled, mos, contents, draw
                    )
                values = family.predictions(labeled, mos[labeled], rows, draw)[setting]
                srocc = metrics.srocc(values, mos[rows])
                results[family.name][row, draw] = srocc
                outcomes[inner] = family.name, srocc
                seconds = time.process_time() - started
                print(f"{draw} {count} {family.name}: {srocc:.3f}, {seconds:.1f} s")
            name, srocc = outcomes[max(outcomes)]
            results["choice"][row, draw] = srocc
            print(f"{draw} {count} choice: {name}, {srocc:.3f}", flush=True)
    print(f"| regression | {' | '.join(map(str, COUNTS))} |")
    for name, values in results.items():
        cells = [f"{np.median(v):.3f} ({v.min():.3f} to {v.max():.3f})" for v in values]
        print(f"| {name} | {' | '.join(cells)} |")


def read_tables(images, names, stored):
    """Returns the tables of features, from a file if there is one."""
    if stored is not None and Path(stored).is_file():
        with np.load(stored) as file:
            position = {name: row for row, name in enumerate(file["names"].tolist())}
            rows = [position[name] for name in names]
            return {kind: file[kind][rows] for kind in file.files if kind != "names"}
    cache = Path(f"{images.root.name}-features")
    kinds = set(FAMILIES.values())
    tables = features.tables(kinds, images, names, len(names), cache)
    if stored is not None:
        np.savez(stored, names=np.array(names), **tables)
    return tables


if __name__ == "__main__":
    main(*sys.argv[1:])
