"""Loading of scorers, the files that `tfiqa.train` writes."""

import os
from typing import Any

import keras

from tfiqa import layers


def load_scorer(path: str | os.PathLike[str]) -> keras.Model:
    """Returns the model from pictures to their quality, higher is better.

    It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size, to
    float32 `(batch, 1)` in the units of the MOS it was trained on.
    """
    scorer = keras.saving.load_model(path, compile=False)
    metadata(scorer)
    return scorer


def metadata(scorer: keras.Model) -> dict[str, Any]:
    """Returns what a scorer knows of itself; see `layers.MOS`."""
    last = scorer.layers[-1]
    if not isinstance(last, layers.MOS):
        raise ValueError(
            "Expected a scorer, a model whose last layer is `tfiqa.layers.MOS`. "
            f"Received: {scorer.name!r}, which ends in {last.name!r}"
        )
    return last.metadata
