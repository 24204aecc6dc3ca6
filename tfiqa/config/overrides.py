"""Overrides of a method's `Config` from the command line."""

import ast
import dataclasses
import difflib
import typing
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def parse(assignments: Sequence[str]) -> dict[str, Any]:
    """Returns the overrides in a list of `name=value` texts.

    Values are Python literals; anything else is text.

    >>> parse(["epochs=2", "hidden=(8, 4)", "backbone=resnet18"])
    {'epochs': 2, 'hidden': (8, 4), 'backbone': 'resnet18'}
    """
    overrides = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        if not separator:
            raise ValueError(f"Expected `name=value`. Received: {assignment!r}")
        overrides[name.strip()] = _literal(text.strip())
    return overrides


def override(config: Any, overrides: Mapping[str, Any]) -> Any:
    """Returns a frozen dataclass with some of its fields replaced.

    Raises:
        ValueError: If a field does not exist (the message names those that do), or a
            value has another type than the field, or than the elements of the current
            tuple.
    """
    fields = {field.name: field for field in dataclasses.fields(config)}
    changes = {}
    for name, value in overrides.items():
        if name not in fields:
            raise ValueError(_unknown(name, sorted(fields)))
        current = getattr(config, name)
        if value is None and type(None) not in typing.get_args(fields[name].type):
            raise _another_type(name, value, current)
        changes[name] = _typed(name, value, current=current)
    return dataclasses.replace(config, **changes)


def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return {"none": None, "true": True, "false": False}.get(text.lower(), text)


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return f"Expected a name among {', '.join(known)}.{hint} Received: {name!r}"


def _typed(name: str, value: Any, *, current: Any) -> Any:
    if isinstance(current, float) and type(value) is int:
        return float(value)
    if isinstance(current, tuple) and isinstance(value, list | tuple):
        if None in value:
            raise _another_type(name, value, current)
        return tuple(
            _typed(name, element, current=current[0] if current else None)
            for element in value
        )
    if None not in (current, value) and type(value) is not type(current):
        raise _another_type(name, value, current)
    return value


def _another_type(name: str, value: Any, current: Any) -> ValueError:
    return ValueError(
        f"`{name}` must be of type {type(current).__name__}. Received: {value!r}"
    )
