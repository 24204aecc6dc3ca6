"""A small scorer of every method, trained at once on noise."""

import os
from pathlib import Path

import keras
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import source_of
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model

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
        "versions_per_epoch": 1,
    },
    "cornia": {"words": 20, "patches": 100, "patches_per_image": 50, "passes": 1},
    "db_cnn": {
        "scnn_epochs": 0,
        "head_epochs": 1,
        "batch_size": 4,
        "epochs": 0,
    },
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
    "musiq": {
        "sides": (),
        "length": 8,
        "depth": 1,
        "hidden": 8,
        "crop_size": 32,
        "batch_size": 4,
        "epochs": 1,
    },
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
    "wadiqam": {
        "channels": (4, 4, 4, 4, 4),
        "units": 8,
        "patches": 2,
        "batch_size": 4,
        "epochs": 1,
    },
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


def shared_scorer(name: str, factory: pytest.TempPathFactory) -> keras.Model:
    """Returns the scorer that any worker of this session has trained, or trains it."""
    path = _shared_file(name, factory)
    if path.exists():
        return load_scorer(path)
    return trained_and_shared(name, factory)


def trained_and_shared(name: str, factory: pytest.TempPathFactory) -> keras.Model:
    """Returns a scorer that is trained here, and leaves it to `shared_scorer`."""
    scorer = tiny_scorer(name, factory.mktemp(name))
    save_model(scorer, _shared_file(name, factory))
    return scorer


def _shared_file(name: str, factory: pytest.TempPathFactory) -> Path:
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # Each worker has a folder in that of all.
        folder = folder.parent
    return folder / f"tiny-{name}.keras"


def toy_sources(name, folder):
    encoder = None
    if name == "pristine_distance":
        encoder = folder / "encoder.keras"
        toy_encoder().save(encoder)
    unlabeled = of_source(toy_source(8))
    if name == "dipiq":  # Measures of full reference need large scenes.
        scenes = [toy_image(seed, 180, 176) for seed in range(2)]
        unlabeled = of_source(source_of(scenes))
    labeled = toy_source(12), toy_source(5)
    return Sources(*labeled, unlabeled, unlabeled, encoder)


def toy_encoder():
    images = keras.Input((None, None, 3))
    kernel = keras.initializers.RandomNormal(0, 0.1, seed=1)
    x = keras.layers.Conv2D(6, 3, activation="relu", kernel_initializer=kernel)(images)
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x))
