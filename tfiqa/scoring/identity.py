"""What the rows of a request depend on, besides the images."""

import hashlib
import os
from collections.abc import Mapping
from typing import Any

from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.request import needs_keras
from tfiqa.scoring.shipped import file_of


def settings_of(
    request: ScoringRequest, others: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Returns all settings that rows depend on, ready for JSON.

    Args:
        request: The request.
        others: Further scorers by name.
    """
    further = {name: _identity(model) for name, model in (others or {}).items()}
    return {
        "model": _identity(request.model),
        "reference": request.reference and str(request.reference),
        "intervals": request.intervals,
        "explain": request.explain,
        "coverage": request.coverage,
        "tolerate_truncation": request.tolerate_truncation,
        "icc": request.icc,
        **_runtime(request),
        **({"others": further} if further else {}),
    }


def _runtime(request: ScoringRequest) -> dict[str, str]:
    """Returns the runtime unless it is Keras, the only one of earlier versions."""
    from tfiqa.scoring.runtimes.choice import chosen  # It imports NumPy.

    try:
        name = chosen(request.model, request.runtime, keras_model=needs_keras(request))
    except ValueError:  # Scoring reports it.
        return {}
    return {} if name == "keras" else {"runtime": name}


def _identity(model: Any) -> str:
    if not isinstance(model, str | os.PathLike):
        return f"{model.name}, in memory"
    file = file_of(model)
    if not file.is_file():
        return str(model)
    with file.open("rb") as content:
        return f"sha256 {hashlib.file_digest(content, 'sha256').hexdigest()}"
