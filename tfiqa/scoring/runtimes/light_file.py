"""Light files, with which a preset runs without Keras.

`presets/NAME.light` is a zip archive beside `presets/NAME.keras`. It contains no
weights: it has the byte offsets of the scorer's weights in the `.keras` file, and a
LiteRT graph whose weights are zero, with the offsets for those of the trunk.

| member | what it is |
|---|---|
| `facts.json` | `runtime`; `sha256` of the `.keras` file; `weights`; perhaps `trunk` |
| `graph.tflite` | the graph, if the runtime is LiteRT |
"""

import dataclasses
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa.files.archives import check_unpacked_size
from tfiqa.files.atomic import replacing
from tfiqa.scoring.runtimes.base import RuntimeUnavailableError

FACTS = "facts.json"
GRAPH = "graph.tflite"
WEIGHTS = "model.weights.h5"  # Member of a `.keras` file, stored uncompressed.

# Class names and options of the layers of a scorer, in order.
Layers = list[tuple[str, dict[str, Any]]]


@dataclasses.dataclass(frozen=True)
class LightFile:
    """An opened light file and the scorer beside it.

    Attributes:
        facts: Content of `facts.json`; see the module docstring.
        layers: See `Layers`.
        weights: Arrays by layer and weight name, such as `"hidden/kernel"`.
        graph: The LiteRT graph with zeros for weights; empty if missing.
    """

    facts: dict[str, Any]
    layers: Layers
    weights: dict[str, np.ndarray]
    graph: bytes


def path_beside(scorer: Path) -> Path:
    """Returns the path of the light file of a scorer."""
    return scorer.with_suffix(".light")


def runtime_of(scorer: Path) -> str | None:
    """Returns the runtime of a scorer's light file; None if it has no such file."""
    path = path_beside(scorer)
    if not path.is_file():
        return None
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read(FACTS))["runtime"]


def read(scorer: Path) -> LightFile:
    """Returns the light file beside a scorer.

    Args:
        scorer: A `.keras` file.

    Raises:
        RuntimeUnavailableError: If the light file was made from another scorer.
    """
    path = path_beside(scorer)
    check_unpacked_size(path)
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read(FACTS))
        graph = archive.read(GRAPH) if GRAPH in archive.namelist() else b""
    content = scorer.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != facts["sha256"]:
        raise RuntimeUnavailableError(
            f"{path.name} is expected to belong to {scorer.name}, of SHA-256 "
            f"{facts['sha256']}. Received: one of SHA-256 {digest}"
        )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        config = json.loads(archive.read("config.json"))
        stored = archive.read(WEIGHTS)
    weights = {
        name: np.frombuffer(
            stored, row["dtype"], int(np.prod(row["shape"])), row["offset"]
        ).reshape(row["shape"])
        for name, row in facts["weights"].items()
    }
    return LightFile(facts, layers_of(config), weights, graph)


def layers_of(config: dict[str, Any]) -> Layers:
    """Returns the layers in `config.json`."""
    rows = config["config"]["layers"]
    return [(row["class_name"], row["config"]) for row in rows]


def rebind(path: Path, before: str, after: str) -> None:
    """Binds a light file to its scorer again, whose metadata have changed.

    Args:
        path: The light file, which is replaced if it belonged to the old scorer.
        before: SHA-256 of the old scorer.
        after: SHA-256 of the new one. Its weights must be at the same offsets.
    """
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read(FACTS))
        if facts["sha256"] != before:
            return
        facts["sha256"] = after
        members = [(one, archive.read(one)) for one in archive.infolist()]
    with replacing(path) as written, zipfile.ZipFile(written, "w") as archive:
        for member, content in members:
            if member.filename == FACTS:
                content = json.dumps(facts, indent=1).encode()
            archive.writestr(member, content, member.compress_type)
