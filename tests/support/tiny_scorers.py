"""A small scorer of every method, trained at once on noise."""

from pathlib import Path

import keras

from tests.support.toy_scorer import picture
from tests.support.toy_source import source_of
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS

# What makes the newcomer's run of a method still smaller.
FAST = {
    "brisque": {},
    "contentsep": {
        "synthetic_epochs": 1,
        "scene_height": 48,
        "scene_width": 48,
        "scenes": 4,
        "versions": 2,
        "epochs": 1,
        "crop_size": 32,
        "batch_size": 4,
        "patch_size": 16,
        "stride": 8,
    },
    "contrique": {
        "crop_size": 32,
        "batch_size": 4,
        "epochs": 1,
        "repeats": 2,
        "versions": 1,
    },
    "cornia": {"words": 20, "patches": 100, "patches_per_image": 50, "passes": 1},
    "dipiq": {
        "words": 20,
        "patches": 100,
        "patches_per_image": 50,
        "passes": 1,
        "scenes": 2,
        "pairs": 200,
        "epochs": 2,
    },
    "gm_log": {},
    "hosa": {"words": 6, "patches": 100, "patches_per_image": 50, "passes": 1},
    "frozen_trunk": {
        "backbone": "resnet10_slim",
        "tile_side": 64,
        "epochs": 2,
        "batch_size": 4,
        "scenes": 2,
        "types": 2,
        "compositions": 1,
    },
    "hyperiqa": {
        "crop_size": 32,
        "hidden": (8, 4),
        "content_length": 64,
        "patches": 1,
        "batch_size": 4,
        "epochs": 1,
    },
    "ilniqe": {"side": 132, "size": 16, "sharpest": 0.0},
    "linear_probe": {"tile_size": 32},
    "niqe": {"size": 16},
    "piqe": {},
    "pqr": {"patches": 1, "batch_size": 8, "epochs": 1, "regression_patches": 24},
    "pristine_distance": {"patch_size": 16, "stride": 8},
    "reiqa": {
        "patch_size": 32,
        "n_aug": 1,
        "scales": 1,
        "queue_size": 8,
        "batch_size": 4,
        "epochs": 1,
        "content_patch_size": 32,
        "content_batch_size": 4,
        "content_epochs": 1,
        "repeats": 2,
    },
    "sfa": {"stages": (1, 2), "patch_size": 64, "stride": 48, "folds": 2},
}


def tiny_scorer(name: str, folder: Path) -> keras.Model:
    """Returns the scorer of a run of a method that takes seconds.

    Args:
        name: Of the method.
        folder: Of the run.
    """
    config = METHODS[name].configured("quick", FAST[name])
    run = trainers.Run(folder, verbose=0)
    sources = toy_sources(name, run.folder)
    METHODS[name].check(config, sources, run)
    return METHODS[name].train(config, sources, run)


def toy_sources(name, folder):
    encoder = None
    if name == "pristine_distance":
        encoder = folder / "encoder.keras"
        toy_encoder().save(encoder)
    unlabeled = of_source(toy_source(8))
    if name == "dipiq":  # Measures of full reference need large scenes.
        scenes = [picture(seed, 180, 176) for seed in range(2)]
        unlabeled = of_source(source_of(scenes))
    labeled = toy_source(12), toy_source(5)
    return Sources(*labeled, unlabeled, unlabeled, encoder)


def toy_encoder():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.1, seed=1)
    x = keras.layers.Conv2D(6, 3, activation="relu", kernel_initializer=kernel)(images)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
