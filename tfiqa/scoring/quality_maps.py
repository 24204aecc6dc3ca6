"""Maps of quality within an image, by window or by patch."""

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
    decoding: Decoding | None = None,
    decoder: Decoder = LOCAL,
) -> Callable[[str], Path]:
    """Returns the function that draws the map of an image, and returns the map's path.

    Args:
        scorer: A scorer with a layer `distance` that has a method `per_patch`, or one
            for which `has_windows` is true.
        folder: Folder for the maps; created if missing.
        decoding: How images are decoded; the same as for their scores.
        decoder: Decodes the images.

    Raises:
        ValueError: If the scorer supports no maps, or `folder` is a file.
    """
    rendered = _windows(scorer) if has_windows(scorer) else _patches(scorer)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"A folder for maps is expected. Received: {folder}, a file")
    folder.mkdir(parents=True, exist_ok=True)

    def draw(path: str) -> Path:
        image = decoder.decode(read_file(path), decoding).pixels
        return atomic.write_bytes(
            folder / map_name(path), rendered(image, Path(path).name)
        )

    return draw


def _windows(scorer: keras.Model) -> Callable[[np.ndarray, str], bytes]:
    """Returns the function that draws the scores of windows, from image and title."""
    read = window_reader(scorer)
    sizes = {"size": WINDOW, "stride": STRIDE}
    return lambda image, title: quality_map(
        image, read(image), **sizes, title=title, scores=True
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
            "For maps, photo or a scorer that compares patches, such as one of niqe, "
            "ilniqe or contentsep, is expected. Received: a scorer of "
            f"{metadata(scorer).get('method')!r}"
        )
    read = reader(keras.Model(scorer.input, layer.input[0]))

    def rendered(image: np.ndarray, title: str) -> bytes:
        patches = ops.convert_to_tensor(read(image)[None])
        distances = ops.convert_to_numpy(layer.per_patch(patches))[0]
        return quality_map(image, np.asarray(distances), **patch, title=title)

    return rendered


def map_name(path: str) -> str:
    """Returns the file name of the map of an image, unique for every path."""
    absolute = os.fsencode(os.path.abspath(path))
    stem = os.fsencode(Path(path).stem)[:100].decode("utf-8", "replace")
    return f"{stem}-{hashlib.sha256(absolute).hexdigest()[:10]}.png"
