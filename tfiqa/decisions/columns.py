"""The values of a row by column, whether it is a mapping or a `ScoreRow`."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from tfiqa.cli.layout import is_number
from tfiqa.decisions.expression import NUMBER
from tfiqa.decisions.expression import TEXT


def values_of(row: Any) -> Mapping[str, Any]:
    """Returns the values of a row, by column."""
    return row if isinstance(row, Mapping) else vars(row)


def kinds_of(columns: Iterable[str]) -> dict[str, str]:
    """Returns the kind of each column, `NUMBER` or `TEXT`."""
    return {name: NUMBER if is_number(name) else TEXT for name in columns}
