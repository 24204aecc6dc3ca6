"""What each stage of contentsep adds: a ladder of trainings and their gains.

python benchmarks/contentsep_stages.py FOLDER PRISTINE PHOTOGRAPHS DATA_DIR [SEEDS
    [ARMS [SCENE_EPOCHS [EPOCHS]]]]

The first stage is that of `contentsep_scenes.py`, whose FOLDER this is; the second one
learns from the first COUNT images below PHOTOGRAPHS, the recipe `small` with the fields
of each of ARMS. All 2,400 photographs of BIQ2021, as prepared in DATA_DIR, are scored,
no score is used; PHOTOGRAPHS must be others. Whatever exists in FOLDER is kept, so that
a killed run continues, and more SEEDS, ARMS or EPOCHS continue the ladder. The table
has the SROCC of each seed and each arm's gain over the one before it, with intervals of
a paired bootstrap over photographs.
"""

import json
import sys
import time
from pathlib import Path

import contentsep_scenes as scenes
import numpy as np
from scipy.stats import rankdata

from tfiqa import metrics
from tfiqa import pristine
from tfiqa import trainers
from tfiqa.data import decode
from tfiqa.data import images
from tfiqa.data import load
from tfiqa.files.listing import images_below
from tfiqa.methods.contentsep import METHOD
from tfiqa.methods.contentsep import photographs as second_stage
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader

COUNT = 1152
FIELDS = {"held_pairs": 128, "patience": 0}
# By name: the arm that it is compared with, and its fields; `None` for the first stage.
ARMS = {
    "scenes": ("", None),
    "authentic": ("scenes", {"penalty": 0.0}),
    "penalty": ("authentic", {}),
    "strong": ("authentic", {"penalty": 1.0}),
    "log": ("authentic", {"likelihood": "log", "estimator_mean": "linear"}),
    "linear": ("authentic", {"estimator_mean": "linear"}),
    "resized": ("scenes", {"penalty": 0.0, "view_scale": "resized"}),
    "fast": ("scenes", {"penalty": 0.0, "learning_rate": 1e-3}),
    "fast_penalty": ("fast", {"learning_rate": 1e-3}),
    "paper": (
        "authentic",
        {
            **{"penalty": 1000.0, "penalty_unit": "paper", "estimator_epochs": 0},
            **{"estimator_rate": 1e-7, "estimator_decay": 0.1},
            **{"estimator_mean": "linear"},
        },
    ),
}
SCORING = pristine.Scoring(stride=96)


def main(
    folder: str,
    pristine_folder: str,
    photographs: str,
    data_dir: str,
    seeds: str = "0,1,2",
    arms: str = "scenes,authentic,penalty",
    scene_epochs: str = "3",
    epochs: str = "3",
) -> None:
    """Trains and scores what is missing, then prints the table."""
    scenes.main(folder, pristine_folder, seeds, scene_epochs)
    names = [Path(p).name for p in images_below(photographs)][:COUNT]
    known = images.of_folder(photographs, only=names)
    files = {}
    for seed in seeds.split(","):
        for arm in arms.split(","):
            first = f"scenes-{seed}/encoder-{scene_epochs}.keras"
            run_folder = Path(folder) / f"{arm}-{scene_epochs}-{epochs}-{seed}"
            encoder = run_folder / "encoder.keras"
            if ARMS[arm][1] is None:
                run_folder = Path(folder) / f"{arm}-{seed}"
                encoder = Path(folder) / first
            elif not encoder.exists():
                learn(Path(folder) / first, known, arm, run_folder, int(epochs))
            files[arm, seed] = run_folder / f"{encoder.stem}-scores.npz"
            if not files[arm, seed].exists():
                score(encoder, pristine_folder, data_dir, files[arm, seed])
            report(files)


def learn(first: Path, known, arm: str, folder: Path, epochs: int) -> None:
    """Trains the second stage of one arm and writes its encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    fields = {**FIELDS, **(ARMS[arm][1] or {}), "epochs": epochs}
    config = METHOD.configured("small", fields)
    run = trainers.Run(
        folder,
        seed=int(folder.name.split("-")[-1]),
        resume=True,
        verbose=2,
        keeps_last=True,  # So that all arms take the same steps.
    )
    started = time.process_time()
    encoder = load_encoder(first)
    second_stage.learn_photographs(encoder, config, known, run)
    encoder.save(folder / "encoder.keras")
    (folder / "fields.json").write_text(json.dumps(fields))
    print(f"{folder.name}: {time.process_time() - started:.0f} s of processor time")


def score(encoder: Path, pristine_folder: str, data_dir: str, path: Path) -> None:
    """Writes the scores of all photographs of BIQ2021, and their MOS."""
    started = time.process_time()
    scorer = pristine.distance_scorer(
        load_encoder(encoder),
        images.of_folder(pristine_folder).first_epoch(0),
        SCORING,
        method="contentsep",
        dataset="pristine",
    )
    scorer.get_layer("patches").at_once = True
    read = reader(scorer)
    splits = load.load("biq2021", data_dir=data_dir)
    scores, mos = [], []
    for part in (splits.train, splits.validation, splits.test):
        for example in part.examples.as_numpy_iterator():
            image = decode.decode(bytes(example["image"]))
            scores.append(float(read(image)[0]))
        mos.append(part.scores)
    np.savez(path, scores=scores, mos=np.concatenate(mos))
    print(f"{path}: {time.process_time() - started:.0f} s of processor time")


def report(files: dict[tuple[str, str], Path]) -> None:
    """Prints the table of what has been scored."""
    tables = {key: np.load(path) for key, path in files.items()}
    mos = next(iter(tables.values()))["mos"]
    by_arm = {
        arm: {s: t["scores"] for (a, s), t in tables.items() if a == arm}
        for arm in dict.fromkeys(arm for arm, _ in tables)
    }
    print("| arm | SROCC of each seed | mean | PLCC | gain of each seed | mean gain |")
    print("|---|---|---|---|---|---|")
    for arm, rows in by_arm.items():
        before = by_arm.get(ARMS[arm][0], {})
        pairs = [(row, before[seed]) for seed, row in rows.items() if seed in before]
        fitted = [
            metrics.fit_logistic(row, mos).plcc(row, mos) for row in rows.values()
        ]
        each = [metrics.srocc(row, mos) for row in rows.values()]
        cells = [
            arm,
            ", ".join(f"{value:.3f}" for value in each),
            f"{np.mean(each):.3f} {interval(list(rows.values()), mos)}",
            f"{np.mean(fitted):.3f}",
            ", ".join(
                f"{metrics.srocc(row, mos) - metrics.srocc(other, mos):+.3f} "
                f"{interval([row], mos, [other])}"
                for row, other in pairs
            ),
        ]
        if pairs:
            changed, others = map(list, zip(*pairs, strict=True))
            gain = np.mean([metrics.srocc(x, mos) for x in changed])
            gain -= np.mean([metrics.srocc(x, mos) for x in others])
            cells.append(f"{gain:+.3f} {interval(changed, mos, others)}")
        print(f"| {' | '.join(cells)} |")
    sys.stdout.flush()


def interval(rows, mos, others=(), *, resamples=1000) -> str:
    """Returns the 95 % interval of mean SROCC, or of its gain over that of others."""
    random = np.random.default_rng(0)
    draws = random.integers(len(mos), size=(resamples, len(mos)))

    def mean_srocc(scores):
        ranks = [rankdata(np.asarray(x)[draws], axis=1) for x in (*scores, mos)]
        ranks = [x - x.mean(axis=1, keepdims=True) for x in ranks]
        units = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in ranks]
        return np.mean([(x * units[-1]).sum(axis=1) for x in units[:-1]], axis=0)

    values = mean_srocc(rows) - (mean_srocc(others) if len(others) else 0)
    low, high = np.quantile(values, (0.025, 0.975))
    return f"[{low:+.3f}, {high:+.3f}]" if len(others) else f"[{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main(*sys.argv[1:])
