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
from tfiqa.scoring.local_quality import STRIDE
from tfiqa.scoring.local_quality import WINDOW
from tfiqa.scoring.local_quality import has_windows
from tfiqa.scoring.local_quality import window_reader
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
        scorer: One with a layer `distance` that has a method `per_patch`, or one that
            `has_windows`.
        folder: Where maps are written; made if need be.
        how: How pictures are decoded; as for their scores.
        decoder: Who decodes pictures.

    Raises:
        ValueError: If the scorer has no map, or `folder` is a file.
    """
    drawn = _windows(scorer) if has_windows(scorer) else _patches(scorer)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"A folder for maps is expected. Received: {folder}, a file")
    folder.mkdir(parents=True, exist_ok=True)

    def draw(path: str) -> Path:
        picture = decoder.decode(read_file(path), how).pixels
        return atomic.write_bytes(
            folder / map_name(path), drawn(picture, Path(path).name)
        )

    return draw


def _windows(scorer: keras.Model) -> Callable[[np.ndarray, str], bytes]:
    """Returns the function that draws the scores of windows, from picture and title."""
    read = window_reader(scorer)
    sizes = {"size": WINDOW, "stride": STRIDE}
    return lambda picture, title: quality_map(
        picture, read(picture), **sizes, title=title, scores=True
    )


def _patches(scorer: keras.Model) -> Callable[[np.ndarray, str], bytes]:
    """Returns the function that draws the distances of patches; see `_windows`.

    Raises:
        ValueError: If the scorer does not compare patches.
    """
    layer: Any = {layer.name: layer for layer in scorer.layers}.get("distance")
    patch = metadata(scorer).get("patch")
    if patch is None or not hasattr(layer, "per_patch"):
        raise ValueError(
            "Maps need photo, or a scorer that compares patches, as those of niqe, "
            "ilniqe and contentsep do. Received: a scorer of "
            f"{metadata(scorer).get('method')!r}"
        )
    read = reader(keras.Model(scorer.input, layer.input[0]))

    def drawn(picture: np.ndarray, title: str) -> bytes:
        patches = ops.convert_to_tensor(read(picture)[None])
        distances = ops.convert_to_numpy(layer.per_patch(patches))[0]
        return quality_map(picture, np.asarray(distances), **patch, title=title)

    return drawn


def map_name(path: str) -> str:
    """Returns the name of the map of a picture, another one for every path."""
    whole = os.fsencode(os.path.abspath(path))
    stem = os.fsencode(Path(path).stem)[:100].decode("utf-8", "replace")
    return f"{stem}-{hashlib.sha256(whole).hexdigest()[:10]}.png"
