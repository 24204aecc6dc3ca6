"""Names of scorers, which become names of columns."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.scoring.request import ArgumentError

_NAMED = re.compile(r"(\w+)=(.+)", re.DOTALL)


def named_models(models: Sequence[Any]) -> dict[str, Any]:
    """Returns scorers by name, the first one first.

    Args:
        models: Files and presets, each as `MODEL` or `NAME=MODEL`, or loaded scorers.
            Without a name, a scorer has the name of its file, with `_` for characters
            other than letters and digits.

    Raises:
        ArgumentError: If two scorers have the same name.

    Example:
        >>> named_models(["photo", "runs/new-1.keras", "old=runs/scorer.keras"])
        {'photo': 'photo', 'new_1': 'runs/new-1.keras', 'old': 'runs/scorer.keras'}
    """
    named: dict[str, Any] = {}
    for model in models:
        name, model = _named(model)
        if name in named:
            raise ArgumentError(
                "model",
                "Scorers with different names, each as NAME=MODEL, are expected. "
                f"Received: {name!r} twice",
            )
        named[name] = model
    return named


def _named(model: Any) -> tuple[str, Any]:
    if not isinstance(model, str | os.PathLike):
        return model.name, model
    text = os.fspath(model)
    match = None if os.path.exists(text) else _NAMED.fullmatch(text)
    if match:
        return match[1], match[2]
    return re.sub(r"\W", "_", Path(text).stem), model
