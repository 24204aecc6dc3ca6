"""Writes light files, with which presets run without Keras.

After a preset has changed, run:

    python -c "import tfiqa.scoring.runtimes.light_writer as w; w.write_all()"

`train --export_preset FOLDER` writes both files of its preset.
"""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa import layers
from tfiqa.files.atomic import replacing
from tfiqa.layers.pinned import channels_last
from tfiqa.scoring.runtimes import head
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes import numpy_runtime
from tfiqa.scoring.runtimes.trunk_graph import trunk_graph
from tfiqa.scoring.shipped import PRESETS

NAMES = ("brisque", "niqe", "photo", "piqe")


def write_all() -> list[Path]:
    """Writes the light files of all presets that support them; returns their paths."""
    return [write(PRESETS / f"{name}.keras") for name in NAMES]


def write(scorer: Path) -> Path:
    """Writes the light file beside a preset; returns its path.

    Args:
        scorer: A `.keras` file: a head of `trunkless.without_trunk`, or a scorer that
            `numpy_runtime` runs.

    Raises:
        ValueError: If it is another scorer, or its head has layers that `runtimes.head`
            does not support.
    """
    with channels_last():
        model: Any = keras.saving.load_model(scorer, compile=False)
    facts = {
        "sha256": hashlib.sha256(scorer.read_bytes()).hexdigest(),
        "weights": _offsets(model, scorer),
    }
    graph = b""
    if isinstance(model.layers[-1], layers.PackagedTrunk):
        for kind, options in _layers(scorer):
            head.check_layer(kind, options)
        marker = model.layers[-1]
        graph, trunk = trunk_graph(
            marker.trunk,
            marker.statistics["extremes"],
            pixel_maps=marker.pixel_maps,
        )
        facts |= {"runtime": "litert", "trunk": trunk}
    elif numpy_runtime.runs(_layers(scorer)):
        facts |= {"runtime": "numpy"}
    else:
        raise ValueError(
            "A head of a packaged trunk, or NIQE, BRISQUE or PIQE, is expected. "
            f"Received: {scorer}, a scorer {model.name!r}"
        )
    path = light_file.path_beside(scorer)
    with replacing(path) as written, zipfile.ZipFile(written, "w") as archive:
        _add(archive, light_file.FACTS, json.dumps(facts, indent=1).encode())
        if graph:
            _add(archive, light_file.GRAPH, graph)
    return path


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # Without a date: the same preset always gives the same file.
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _layers(scorer: Path) -> light_file.Layers:
    with zipfile.ZipFile(scorer) as archive:
        return light_file.layers_of(json.loads(archive.read("config.json")))


def _offsets(model: keras.Model, scorer: Path) -> dict[str, dict[str, Any]]:
    """Returns offset, shape and dtype of each stored weight, by layer and name.

    Raises:
        ValueError: If a weight is not stored contiguously.
    """
    stored = _stored(scorer)
    rows = {}
    for layer in model.layers:
        for weight in layer.weights:
            array = keras.ops.convert_to_numpy(weight.value)
            offsets = [offset for offset, other in stored if _equal(array, other)]
            if not offsets:
                raise ValueError(f"{scorer} does not store {weight.path} contiguously.")
            rows[f"{layer.name}/{weight.name}"] = {
                "offset": offsets[0],
                "shape": list(array.shape),
                "dtype": array.dtype.str,
            }
    return rows


def _equal(first: np.ndarray, second: np.ndarray) -> bool:
    return first.dtype == second.dtype and np.array_equal(first, second)


def _stored(scorer: Path) -> list[tuple[int, np.ndarray]]:
    """Returns the arrays of the weights file, each with its byte offset."""
    import h5py  # Comes with Keras; only this function needs it.

    with zipfile.ZipFile(scorer) as archive:
        content = archive.read(light_file.WEIGHTS)
    arrays: list[tuple[int, np.ndarray]] = []

    def keep(_, item):
        if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None:
            arrays.append((item.id.get_offset(), item[()]))

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(keep)
    return arrays
