"""Features of the images of a folder, kept on disk as soon as they are computed."""

import functools
import os
import sys
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from tfiqa.cli.progress import Progress
from tfiqa.cli.text import printable
from tfiqa.evaluation.cache import BLOCK
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.own_metric import patch_statistics
from tfiqa.evaluation.own_metric.labels import Folder
from tfiqa.files.reading import read_file
from tfiqa.models.brisque import brisque_features
from tfiqa.models.frozen_trunk import build_descriptor
from tfiqa.models.frozen_trunk import build_trunk
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.scorer import reader

# The trunk of the preset `photo`.
TRUNK = "efficientnet_lite0"
TILE_SIDE = 1024
# Maps of the trunk that describe patches: the first ones, which see texture.
_PATCH_MAPS = 3

Read = Callable[[np.ndarray], np.ndarray]


@functools.cache
def trunk_descriptor() -> keras.Model:
    """Returns the descriptor of the preset `photo`: statistics of a frozen trunk."""
    trunk = build_trunk(TRUNK, "package", pixel_maps=True)
    return build_descriptor(trunk, TILE_SIDE)


@functools.cache
def brisque_descriptor() -> keras.Model:
    """Returns the descriptor of BRISQUE."""
    return brisque_features()


@functools.cache
def patch_encoder() -> keras.Model:
    """Returns an encoder of patches: means of the first maps of the trunk."""
    trunk = build_trunk(TRUNK, "package")
    images = keras.Input((None, None, 3), name="patches")
    maps = trunk(images)[:_PATCH_MAPS]
    means = [keras.layers.GlobalAveragePooling2D()(one) for one in maps]
    return keras.Model(images, keras.layers.Concatenate()(means), name="patch_encoder")


def table(
    read: Read, folder: Folder, names: Sequence[str], cache: Path | None, title: str
) -> np.ndarray:
    """Returns the features of images, float32 `(n, d)`; NaN where an image has none.

    Args:
        read: Function from uint8 `(height, width, 3)` to features `(d,)`.
        folder: The folder of the images.
        names: Names of the images.
        cache: Folder that keeps the features; None for memory only. Features of a file
            that has changed since are computed again.
        title: Name of the features, for progress.

    Raises:
        ValueError: If no image decodes.
    """
    store = FeatureStore(cache)
    keys = [_key(folder, name) for name in names]
    missing = np.flatnonzero(store.missing(keys)).tolist()
    paths = [folder.path(names[row]) for row in missing]
    waiting: list[tuple[str, np.ndarray | None]] = []
    values: list[np.ndarray] = []

    def predict(image: np.ndarray) -> float:
        values.append(np.asarray(read(image), np.float32))
        return 0.0  # The score is not used.

    outcomes = assess((functools.partial(read_file, path) for path in paths), predict)
    progress = Progress(len(paths), on=bool(paths), title=title)
    for row, path, outcome in zip(missing, paths, outcomes, strict=True):
        features = values.pop() if outcome.status == "ok" else None
        if features is None:
            line = f"{path}: {outcome.status}: {outcome.reason}"
            print(printable(line), file=sys.stderr)
        waiting.append((keys[row], features))
        progress.show(progress.done + 1)
        if len(waiting) == BLOCK:
            _keep(store, waiting)
    _keep(store, waiting)
    rows = [
        None if store.missing([key])[0] else store.features([key])[0] for key in keys
    ]
    length = max((row.size for row in rows if row is not None), default=0)
    empty = np.full(length, np.nan, np.float32)
    return np.stack([empty if row is None else row for row in rows])


def tables(
    kinds: Collection[str],
    folder: Folder,
    names: Sequence[str],
    labeled: int,
    cache: Path,
) -> dict[str, np.ndarray]:
    """Returns tables of features by kind.

    Args:
        kinds: Some of `trunk`, `brisque` and `patches`.
        folder: The folder of the images.
        names: Names of the images; the labeled ones come first.
        labeled: Number of labeled images; `patches` are those of these alone.
        cache: Folder that keeps the features.
    """
    readers: dict[str, Callable[[], Read]] = {
        "trunk": lambda: reader(trunk_descriptor()),
        "brisque": lambda: reader(brisque_descriptor()),
        "patches": lambda: patch_statistics.row_reader(patch_encoder()),
    }
    found = {}
    for kind in sorted(kinds):
        own = names[:labeled] if kind == "patches" else names
        found[kind] = table(readers[kind](), folder, own, cache / kind, kind)
    return found


def usable(known: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    """Returns which of `count` images have all of their features, `(count,)`."""
    is_usable = np.ones(count, bool)
    for rows in known.values():
        is_usable[: len(rows)] &= np.isfinite(rows).all(axis=1)
    return is_usable


def _keep(store: FeatureStore, waiting: list[tuple[str, np.ndarray | None]]) -> None:
    known = [(key, row) for key, row in waiting if row is not None]
    if known:
        store.add([key for key, _ in known], np.stack([row for _, row in known]))
    waiting.clear()


def _key(folder: Folder, name: str) -> str:
    """Returns a key that changes when the file changes."""
    try:
        status = os.stat(folder.path(name))
    except OSError:  # Reading it will say why.
        return name
    return f"{name}|{status.st_size}|{status.st_mtime_ns}"
