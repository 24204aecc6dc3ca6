"""What a request may ask of a scorer in Keras alone: crops, references and maps."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfiqa.scoring.references import References
from tfiqa.scoring.references import check_references
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import argument
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.scorer import set_coverage


def keras_parts(
    runtime: Runtime, request: ScoringRequest
) -> tuple[References | None, Callable[[str], object] | None]:
    """Returns the references and the function that draws maps, where asked for.

    Args:
        runtime: A `KerasRuntime`.
        request: Its coverage is set.

    Raises:
        ArgumentError: If the scorer lacks what is asked for.
    """
    scorer: Any = getattr(runtime, "model")  # noqa: B009
    with argument("coverage"):
        if request.coverage is not None:
            set_coverage(scorer, request.coverage)
    with argument("reference"):
        references = None
        if request.reference is not None:
            references = References(request.reference)
        check_references(scorer, references)
    with argument("map_folder"):
        if request.map_folder is None:
            return references, None
        from tfiqa.scoring.quality_maps import map_drawer  # It imports Matplotlib.

        return references, map_drawer(scorer, Path(request.map_folder))
