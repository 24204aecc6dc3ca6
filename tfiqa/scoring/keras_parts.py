"""What a request may ask of a scorer in Keras alone: references, maps, reasons."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import Decoder
from tfiqa.scoring.explanations import Explained
from tfiqa.scoring.explanations import load_recognizer
from tfiqa.scoring.references import References
from tfiqa.scoring.references import check_references
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import argument
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.scorer import set_coverage


@dataclass(frozen=True)
class KerasParts:
    """What a request needs beside scores.

    Attributes:
        scorer: The Keras model.
        references: The references to compare with, for scorers that compare.
        draw: The function that draws the map of an image at a path.
        explained: The function that scores an image and keeps what is wrong with it.
    """

    scorer: Any
    references: References | None
    draw: Callable[[str], object] | None
    explained: Explained | None


def keras_parts(
    runtime: Runtime, request: ScoringRequest, how: Decoding, decoder: Decoder
) -> KerasParts:
    """Returns what a request needs beside scores, and sets the coverage.

    Args:
        runtime: A `KerasRuntime`.
        request: Its coverage is set.
        how: How images are decoded.
        decoder: Decodes references and images of maps.

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
        explained = _explained(scorer, request) if request.explain else None
    with argument("map_folder"):
        draw = None
        if request.map_folder is not None:
            from tfiqa.scoring.quality_maps import map_drawer  # It imports Matplotlib.

            draw = map_drawer(scorer, Path(request.map_folder), how, decoder)
    return KerasParts(scorer, references, draw, explained)


def _explained(scorer: Any, request: ScoringRequest) -> Explained:
    if request.reference is not None:
        raise ValueError(
            "An image alone is explained, without a reference. "
            f"Received: reference={str(request.reference)!r}"
        )
    return Explained(scorer, load_recognizer(request.model))
