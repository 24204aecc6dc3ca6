"""Whether the backbones exist that the `Config` of a method chooses."""

import dataclasses
from pathlib import Path
from typing import Any

from tfiqa.backbones import BACKBONES
from tfiqa.backbones.efficientnet_lite_weights import package_file


def check(config: Any) -> None:
    """Raises an error unless there are such backbones and such weights.

    A field that is called `backbone`, with anything and `_` before it or not, holds a
    key of `BACKBONES`; the one with `_weights` behind it, if there is one, holds what
    `build_backbone` takes. Nothing is built.

    Raises:
        ValueError: Naming the field.
    """
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    for field, name in values.items():
        if field.split("_")[-1] == "backbone":
            check_backbone(field, name, values.get(f"{field}_weights"))


def check_backbone(field: str, name: str, weights: str | None) -> None:
    """Raises an error unless a backbone and its weights exist.

    Args:
        field: The field of a `Config` that holds `name`.
        name: What must be a key of `BACKBONES`.
        weights: What the field with `_weights` behind it holds.

    Raises:
        ValueError: Naming the field.
    """
    if name not in BACKBONES:
        raise ValueError(
            f"`{field}` must be one of {', '.join(sorted(BACKBONES))}. "
            f"Received: {field}={name!r}"
        )
    if weights == "imagenet" and not BACKBONES[name].published:
        raise ValueError(
            f"`{field}_weights` must be None or an existing file, since there are no "
            f"ImageNet weights of {name}. Received: {field}_weights={weights!r}"
        )
    if weights == "package" and BACKBONES[name].packaged:
        package_file(name)
    elif weights not in (None, "imagenet") and not Path(weights).is_file():
        word = "package" if BACKBONES[name].packaged else "imagenet"
        raise ValueError(
            f"`{field}_weights` must be None, '{word}' or an existing file. "
            f"Received: {field}_weights={str(weights)!r}"
        )
