"""Tokens of expressions over the columns of a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

KEYWORDS = frozenset({"and", "or", "not", "in"})

_PATTERN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<text>"[^"]*"|'[^']*')
  | (?P<name>[^\W\d]\w*)
  | (?P<operator><=|>=|==|!=|<|>)
  | (?P<mark>[(),\[\]])
    """,
    re.VERBOSE,
)


class ExpressionError(ValueError):
    """An expression is invalid; the message shows the position.

    Args:
        message: What is expected, and what was received.
        text: The expression.
        position: Index of the first character that is wrong.
    """

    def __init__(self, message: str, text: str, position: int):
        line = "".join(c if c.isprintable() else " " for c in text)
        super().__init__(
            f"{message}, at character {position + 1}\n  {line}\n  {' ' * position}^"
        )
        self.position = position


@dataclass(frozen=True)
class Token:
    """A piece of an expression.

    Attributes:
        kind: `"number"`, `"text"`, `"name"`, `"operator"`, `"mark"`, `"keyword"` or
            `"end"`.
        text: The characters; for a text, without its quotation marks.
        position: Index of the first character.
    """

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def tokens_of(text: str) -> Iterator[Token]:
    """Yields the tokens of an expression, and one of kind `"end"`.

    Raises:
        ExpressionError: If a character belongs to no token.
    """
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            raise ExpressionError(_unknown(text[position]), text, position)
        kind, found = match.lastgroup or "", match.group()
        if kind == "name" and found in KEYWORDS:
            kind = "keyword"
        if kind == "text":
            found = found[1:-1]
        if kind != "space":
            yield Token(kind, found, position)
        position = match.end()
    yield Token("end", "", len(text))


def _unknown(character: str) -> str:
    if character in "\"'":
        return "A text that ends with the same quotation mark is expected"
    if character == "=":
        return "== is expected. Received: '='"
    expected = "A column, a number, a text in quotation marks, an operator, ( or )"
    return f"{expected} is expected. Received: {character!r}"
