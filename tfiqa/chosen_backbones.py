"""Whether the backbones exist that the `Config` of a method chooses."""

import dataclasses
from pathlib import Path
from typing import Any

from tfiqa.backbones import BACKBONES


def check(config: Any) -> None:
    """Raises an error unless there are such backbones and such weights.

    A field that is called `backbone`, with anything and `_` before it or not, holds a
    key of `BACKBONES`; the one with `_weights` behind it, if there is one, holds what
    `build_backbone` takes. Nothing is read or built.

    Raises:
        ValueError: Naming the field.
    """
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    for field, name in values.items():
        if field.split("_")[-1] != "backbone":
            continue
        if name not in BACKBONES:
            raise ValueError(
                f"`{field}` must be one of {', '.join(sorted(BACKBONES))}. "
                f"Received: {field}={name!r}"
            )
        weights = values.get(f"{field}_weights")
        if weights not in (None, "imagenet") and not Path(weights).is_file():
            raise ValueError(
                f"`{field}_weights` must be None, 'imagenet' or an existing file. "
                f"Received: {field}_weights={str(weights)!r}"
            )
