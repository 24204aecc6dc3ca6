"""The saved scorers and encoders in `tests/golden`, and the image they score.

The files were written by an earlier version of the package (`tests/golden/README.md`).
Everything here uses the public door of the package alone, so that it outlives every
move of a module.
"""

import io
import json
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np

import tfiqa

GOLDEN = Path(__file__).parents[1] / "golden"

HEIGHT, WIDTH = 200, 232

# Keys of a saved config that say where a class lives or how often it is shared.
_PLACES = ("module", "shared_object_id")


def image() -> np.ndarray:
    """Returns a noisy scene with edges, uint8 `(200, 232, 3)`; integers alone."""
    rng = np.random.default_rng(20240607)
    coarse = rng.integers(0, 200, (HEIGHT // 8, WIDTH // 8, 3))
    scene = coarse.repeat(8, axis=0).repeat(8, axis=1)
    noise = rng.integers(0, 56, (HEIGHT, WIDTH, 3))
    return (scene + noise).astype("uint8")


def inputs_of(model: keras.Model) -> list[np.ndarray]:
    """Returns the image, and a darker one where a model compares two."""
    pictures = image()[None].astype("float32")
    return [pictures, 0.5 * pictures][: len(model.inputs)]


def output_of(model: keras.Model) -> np.ndarray:
    """Returns the score or the features of the image, `(d,)`."""
    inputs = inputs_of(model)
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return keras.ops.convert_to_numpy(outputs)[0]


def stored_arrays(path: Path) -> dict[str, np.ndarray]:
    """Returns the arrays of a `.keras` file by their paths in it."""
    arrays = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with zipfile.ZipFile(path) as archive:
        content = io.BytesIO(archive.read("model.weights.h5"))
    with h5py.File(content, "r") as stored:
        stored.visititems(take)
    return arrays


def stored_config(path: Path) -> dict:
    """Returns the config in a `.keras` file, without the modules of classes."""
    with zipfile.ZipFile(path) as archive:
        return without_places(json.loads(archive.read("config.json")))


def without_places(config):
    """Returns a config without the modules of classes.

    A class of this package is recognised by its registered name alone.
    """
    if isinstance(config, dict):
        kept = {k: without_places(v) for k, v in config.items() if k not in _PLACES}
        if str(config.get("registered_name", "")).startswith("tfiqa>"):
            kept.pop("class_name")
        return kept
    if isinstance(config, list | tuple):
        return [without_places(one) for one in config]
    return config


def load_scorer(name: str) -> keras.Model:
    """Returns the scorer in a file of `tests/golden`, or a preset."""
    path = GOLDEN / f"{name}.keras"
    return tfiqa.load_scorer(path if path.is_file() else name)
