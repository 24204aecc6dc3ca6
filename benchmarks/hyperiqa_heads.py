"""The hyper network of the preset `hyperiqa` against a dense head of its size.

python benchmarks/hyperiqa_heads.py FOLDER DATA_DIR [SEEDS [UNSEEN_SEEDS]]

As table 5 of the paper, on the maps of a frozen trunk: both heads are trained by the
recipe `box` on the training and validation images of BIQ2021, as prepared in DATA_DIR,
in the same order of the same crops, and score its test images. For UNSEEN_SEEDS, five
more networks each score the fifth that they have not seen. Whatever exists in FOLDER is
kept, so that a killed run continues; the maps take 5 GB of it. The table has the
agreement for each seed, and the difference of the means over seeds with an interval of
a paired bootstrap over images.
"""

import sys
import time
from pathlib import Path

import numpy as np

from tfiqa import metrics
from tfiqa import trainers
from tfiqa.backbones.pooled import build_pooled
from tfiqa.data import load
from tfiqa.methods.hyperiqa import METHOD
from tfiqa.methods.hyperiqa import cached
from tfiqa.methods.hyperiqa import crop_maps

# 387,691 and 389,177 weights. The dense head has the same local branches.
ARMS = {"hyper": {}, "dense": {"hyper": False, "hidden": (560, 280, 140, 70)}}
RESAMPLES = 10_000


def main(folder: str, data_dir: str, seeds: str = "0,1,2", unseen: str = "0") -> None:
    """Trains and scores what is missing, then prints the table."""
    splits = load.load("biq2021", data_dir=data_dir)
    run = trainers.Run(Path(folder), resume=True, verbose=1)
    config = METHOD.configured("box")
    trunk = build_pooled(config.backbone, config.backbone_weights, config.crop_size)
    shapes = [shape[1:] for shape in trunk.output_shape]

    def maps_of(*names: str) -> crop_maps.CropMaps:
        blocks = [
            block
            for name in names
            for block in crop_maps.of_source(
                trunk, getattr(splits, name), run, name, grid=config.grid
            )
        ]
        return crop_maps.CropMaps(blocks, shapes)

    learned, test = maps_of("train", "validation"), maps_of("test")
    mos = np.concatenate([splits.train.scores, splits.validation.scores])

    def of_test(arm: str, seed: int) -> np.ndarray:
        fields = METHOD.configured("box", ARMS[arm])
        head = cached.learn(fields, learned, mos, np.arange(len(mos)), seed=seed)
        scale, offset = cached.units(mos)
        return offset + scale * cached.predict(head, test, np.arange(test.count))

    def of_unseen(arm: str, seed: int) -> np.ndarray:
        part = trainers.Run(Path(folder), seed=seed, verbose=0)
        fields = METHOD.configured("box", ARMS[arm])
        return cached.unseen_scores(fields, learned, mos, part)

    for what, scores_of, chosen, expected in (
        ("test", of_test, seeds, splits.test.scores),
        ("unseen", of_unseen, unseen, mos),
    ):
        found: dict[str, list[np.ndarray]] = {arm: [] for arm in ARMS}
        for seed in map(int, filter(None, chosen.split(","))):
            for arm, scores in found.items():
                path = Path(folder) / f"{what}-{arm}-{seed}.npy"
                if not path.is_file():
                    start = time.process_time()
                    np.save(path, scores_of(arm, seed))
                    print(f"{path.name}: {time.process_time() - start:.0f} CPU s")
                scores.append(np.load(path))
        if found["hyper"]:
            _print(what, found, np.asarray(expected, np.float64))


def _print(what: str, found: dict[str, list[np.ndarray]], mos: np.ndarray) -> None:
    print(f"\n| {what}, {len(mos)} images | hyper network | dense head | difference |")
    print("|---|---|---|---|")
    for name, metric in (("SROCC", metrics.srocc), ("PLCC", metrics.plcc)):
        hyper, dense = ([metric(scores, mos) for scores in found[arm]] for arm in ARMS)
        rng, count = np.random.default_rng(0), len(mos)
        differences = [
            _difference(found, mos, metric, rng.integers(count, size=count))
            for _ in range(RESAMPLES)
        ]
        low, high = np.quantile(differences, (0.025, 0.975))
        texts = [
            f"{np.mean(one):.3f} ({', '.join(f'{value:.3f}' for value in one)})"
            for one in (hyper, dense)
        ]
        gain = f"{np.mean(hyper) - np.mean(dense):.3f} [{low:.3f}, {high:.3f}]"
        print(f"| {name} | {' | '.join(texts)} | {gain} |")


def _difference(found, mos, metric, rows) -> float:
    means = [
        np.mean([metric(scores[rows], mos[rows]) for scores in one])
        for one in found.values()
    ]
    return float(means[0] - means[1])


if __name__ == "__main__":
    main(*sys.argv[1:])
