"""Predictors that stay with their scorer, since tracing one takes seconds."""

import json
import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

Predictor = Callable[[np.ndarray], float]

# With each what it was traced with. A predictor holds the layers of its scorer, not the
# scorer itself, so that both can go.
_KEPT: weakref.WeakKeyDictionary[keras.Model, tuple[Any, Predictor]]
_KEPT = weakref.WeakKeyDictionary()


def kept_predictor(
    scorer: keras.Model, build: Callable[[keras.Model], Predictor]
) -> Predictor:
    """Returns the predictor of a scorer, the same one until the scorer changes.

    Values of weights may change: a predictor reads them when it is called. On other
    backends than TensorFlow a predictor is built each time.

    Args:
        scorer: The scorer.
        build: The function from a scorer to a new predictor.
    """
    # Also since Keras imports TensorFlow when it makes a config.
    if keras.backend.backend() != "tensorflow":
        return build(scorer)
    try:
        state = _state(scorer)
    except (NotImplementedError, TypeError, ValueError):
        return build(scorer)  # A layer without a config may have changed unseen.
    known = _KEPT.get(scorer)
    if known is None or known[0] != state:
        known = state, build(scorer)
        _KEPT[scorer] = known
    return known[1]


def _state(scorer: keras.Model) -> tuple[str, list[bool], list[int]]:
    """Returns what a graph depends on: settings of layers, and which weights it reads.

    Settings are copied as text, since lists in them may be those of the layers.
    """
    return (
        json.dumps(scorer.get_config(), default=repr),
        # It is not saved, so that no config has it.
        [getattr(layer, "at_once", False) for layer in scorer.layers],
        [id(weight) for weight in scorer.weights],
    )
