"""Maps of quality, patch by patch, of the scorers that compare patches."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.figures.quality_map import quality_map
from tfiqa.files import atomic
from tfiqa.files.reading import read_file
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import reader


def map_drawer(
    scorer: keras.Model,
    folder: Path,
    how: Decoding | None = None,
    decoder: Decoder = LOCAL,
) -> Callable[[str], Path]:
    """Returns the function that draws the map of a picture, and tells where it is.

    Args:
        scorer: One with a layer `distance` that has a method `per_patch`.
        folder: Where maps are written; made if need be.
        how: How pictures are decoded; as for their scores.
        decoder: Who decodes pictures.

    Raises:
        ValueError: If the scorer does not compare patches, or `folder` is a file.
    """
    layer: Any = {layer.name: layer for layer in scorer.layers}.get("distance")
    patch = metadata(scorer).get("patch")
    if patch is None or not hasattr(layer, "per_patch"):
        raise ValueError(
            "Maps need a scorer that compares patches, as those of niqe, ilniqe and "
            f"contentsep do. Received: a scorer of {metadata(scorer).get('method')!r}"
        )
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"A folder for maps is expected. Received: {folder}, a file")
    read = reader(keras.Model(scorer.input, layer.input[0]))
    folder.mkdir(parents=True, exist_ok=True)

    def draw(path: str) -> Path:
        picture = decoder.decode(read_file(path), how).pixels
        patches = ops.convert_to_tensor(read(picture)[None])
        distances = ops.convert_to_numpy(layer.per_patch(patches))[0]
        encoded = quality_map(
            picture, np.asarray(distances), **patch, title=Path(path).name
        )
        return atomic.write_bytes(folder / map_name(path), encoded)

    return draw


def map_name(path: str) -> str:
    """Returns the name of the map of a picture, another one for every path."""
    whole = os.fsencode(os.path.abspath(path))
    stem = os.fsencode(Path(path).stem)[:100].decode("utf-8", "replace")
    return f"{stem}-{hashlib.sha256(whole).hexdigest()[:10]}.png"
