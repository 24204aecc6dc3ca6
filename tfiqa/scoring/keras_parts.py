"""Parts of a request that only a scorer in Keras can serve."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import Decoder
from tfiqa.scoring.explanations import Explainer
from tfiqa.scoring.explanations import load_recognizer
from tfiqa.scoring.references import References
from tfiqa.scoring.references import check_references
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import argument
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.scorer import set_coverage


@dataclass(frozen=True)
class KerasParts:
    """What a request needs besides scores.

    Attributes:
        scorer: The Keras model.
        references: The references, for full-reference scorers.
        draw: Function that draws the map of the image at a path.
        explainer: Function that scores an image and keeps its explanation.
    """

    scorer: Any
    references: References | None
    draw: Callable[[str], object] | None
    explainer: Explainer | None


def keras_parts(
    runtime: Runtime, request: ScoringRequest, decoding: Decoding, decoder: Decoder
) -> KerasParts:
    """Returns what a request needs besides scores, and sets the coverage.

    Args:
        runtime: A `KerasRuntime`, whose coverage is set.
        request: The request.
        decoding: How images are decoded.
        decoder: Decodes references, and images for maps.

    Raises:
        ArgumentError: If the scorer lacks what the request needs.
    """
    scorer: Any = getattr(runtime, "model")  # noqa: B009
    with argument("coverage"):
        if request.coverage is not None:
            set_coverage(scorer, request.coverage)
    with argument("reference"):
        references = None
        if request.reference is not None:
            references = References(request.reference, decoder)
        check_references(scorer, references)
    with argument("explain"):
        explainer = _explainer(scorer, request) if request.explain else None
    with argument("map_folder"):
        draw = None
        if request.map_folder is not None:
            _require_matplotlib()
            from tfiqa.scoring.quality_maps import map_drawer  # It imports Matplotlib.

            draw = map_drawer(scorer, Path(request.map_folder), decoding, decoder)
    return KerasParts(scorer, references, draw, explainer)


def _require_matplotlib() -> None:
    """Raises `ValueError` if Matplotlib, which small installations lack, is missing."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ValueError(
            "The package matplotlib is expected, to draw maps. Received: none; "
            "pip install matplotlib"
        )


def _explainer(scorer: Any, request: ScoringRequest) -> Explainer:
    if request.reference is not None:
        raise ValueError(
            "No reference is expected with explanations. "
            f"Received: reference={str(request.reference)!r}"
        )
    return Explainer(scorer, load_recognizer(request.model))
