"""Overrides of a method's `Config`, as the command line gives them."""

import ast
import dataclasses
import difflib
import typing
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any


def parse(assignments: Sequence[str]) -> dict[str, Any]:
    """Returns the overrides that a list of `name=value` texts asks for.

    Values are Python literals; anything else is taken as text.

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
        ValueError: Of a field that does not exist, with the names of those that do,
            or of a value of another type than the field's, or than the elements that a
            tuple holds now.
    """
    fields = {field.name: field for field in dataclasses.fields(config)}
    changes = {}
    for name, value in overrides.items():
        if name not in fields:
            raise ValueError(_unknown(name, sorted(fields)))
        like = getattr(config, name)
        if value is None and type(None) not in typing.get_args(fields[name].type):
            raise _another_type(name, value, like)
        changes[name] = _typed(name, value, like=like)
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


def _typed(name: str, value: Any, *, like: Any) -> Any:
    if isinstance(like, float) and type(value) is int:
        return float(value)
    if isinstance(like, tuple) and isinstance(value, list | tuple):
        if None in value:
            raise _another_type(name, value, like)
        return tuple(_typed(name, one, like=like[0] if like else None) for one in value)
    if None not in (like, value) and type(value) is not type(like):
        raise _another_type(name, value, like)
    return value


def _another_type(name: str, value: Any, like: Any) -> ValueError:
    return ValueError(
        f"`{name}` must be of type {type(like).__name__}. Received: {value!r}"
    )
