"""Checks of the backbones that a method's `Config` chooses."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfiqa.backbones import BACKBONES
from tfiqa.backbones.efficientnet_lite_weights import package_file
from tfiqa.backbones.torchvision_files import torchvision_file


def check(config: Any, rows: Mapping[str, Any] = BACKBONES) -> None:
    """Raises `ValueError` unless the backbones and their weights exist.

    A field named `backbone` or `..._backbone` holds a key of `BACKBONES`. The field of
    the same name followed by `_weights`, if there is one, holds an argument of
    `build_backbone`. Nothing is built, but torchvision's file is downloaded.

    Args:
        config: The `Config` of a method.
        rows: The backbones that the method can use.

    Raises:
        ValueError: If a backbone or its weights do not exist; names the field.
    """
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    for field, name in values.items():
        if field.split("_")[-1] == "backbone":
            check_backbone(field, name, values.get(f"{field}_weights"), rows)


def check_backbone(
    field: str,
    name: str,
    weights: str | None,
    rows: Mapping[str, Any] = BACKBONES,
) -> None:
    """Raises `ValueError` unless a backbone and its weights exist.

    Args:
        field: The field of a `Config` that holds `name`.
        name: Value that must be a key of `rows`.
        weights: Value of the field of the same name followed by `_weights`.
        rows: Rows of `BACKBONES`, or of `CROP_NETWORKS` too.

    Raises:
        ValueError: If either does not exist; names the field.
    """
    if name not in rows:
        raise ValueError(
            f"`{field}` must be one of {', '.join(sorted(rows))}. "
            f"Received: {field}={name!r}"
        )
    if weights == "imagenet" and not rows[name].published:
        raise ValueError(
            f"`{field}_weights` must be None or an existing file, since no "
            f"ImageNet weights of {name} can be downloaded. "
            f"Received: {field}_weights={weights!r}"
        )
    if weights == "package" and rows[name].packaged:
        package_file(name)
    elif weights == "torchvision":
        try:
            torchvision_file(name)
        except ValueError as error:
            raise ValueError(f"`{field}_weights` is 'torchvision'. {error}") from error
    elif weights not in (None, "imagenet") and not Path(weights).is_file():
        word = "package" if rows[name].packaged else "torchvision', 'imagenet"
        raise ValueError(
            f"`{field}_weights` must be None, '{word}' or an existing file. "
            f"Received: {field}_weights={str(weights)!r}"
        )
