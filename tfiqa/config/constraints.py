"""Constraints on the fields of a method's `Config`."""

import math
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple


class Bound(NamedTuple):
    """A constraint in words, and the test of a value; NaN never passes."""

    allowed: str
    holds: Callable[[Any], bool]


COUNT = Bound("at least 1", lambda value: value >= 1)
MICRO_BATCH = Bound(
    "None or a whole number of at least 1",
    lambda value: value is None or (type(value) is int and value >= 1),
)
EPOCHS = Bound("at least 0", lambda value: value >= 0)
POSITIVE = Bound("positive and finite", lambda value: 0 < value < math.inf)
NOT_NEGATIVE = Bound("at least 0 and finite", lambda value: 0 <= value < math.inf)
SHARE = Bound("a share in [0, 1)", lambda value: 0 <= value < 1)
ALPHAS = Bound(
    "positive and finite, one at least",
    lambda alphas: len(alphas) > 0 and all(map(POSITIVE.holds, alphas)),
)


def check_bounds(config: Any, bounds: Mapping[str, Bound]) -> None:
    """Raises an error unless the fields named in `bounds` satisfy them.

    Raises:
        ValueError: Naming the field.
    """
    for name, bound in bounds.items():
        value = getattr(config, name)
        if not bound.holds(value):
            raise ValueError(
                f"`{name}` must be {bound.allowed}. Received: {name}={value}"
            )


def check_choices(config: Any, choices: Mapping[str, Sequence[Any]]) -> None:
    """Raises an error unless the fields named in `choices` have an allowed value.

    Raises:
        ValueError: Naming the field.
    """
    for name, allowed in choices.items():
        value = getattr(config, name)
        if value not in allowed:
            raise ValueError(
                f"`{name}` must be one of {', '.join(map(str, allowed))}. "
                f"Received: {name}={value!r}"
            )
