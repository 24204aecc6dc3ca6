"""Conditions on the columns of a row, such as `score < 40 and width >= 1024`.

    condition   = conjunction ("or" conjunction)*
    conjunction = negation ("and" negation)*
    negation    = "not" negation | comparison
    comparison  = operand (operator operand)*
    operator    = "<" | "<=" | ">" | ">=" | "==" | "!=" | "in" | "not" "in"
    operand     = number | text | column | "(" condition ")" | list
    list        = ("(" | "[") operand ("," operand)* (")" | "]")

Comparisons may be chained, as in `20 <= score < 40`. `in` looks for a value in a list,
or for a text within a text. A comparison with a missing value is false, also `!=`.
A condition reads only its row, and no code is executed.
"""

import difflib
import operator
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from tfiqa.decisions.tokens import ExpressionError
from tfiqa.decisions.tokens import Token
from tfiqa.decisions.tokens import tokens_of

Row = Mapping[str, Any]
Value = Callable[[Row], Any]

NUMBER, TEXT, CONDITION, LIST = "a number", "a text", "a condition", "a list"

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda value, container: value in container,
    "not in": lambda value, container: value not in container,
}
_DEEPEST = 50  # Parentheses and negations within one another.


class _Operand(NamedTuple):
    """A part of an expression: its value for a row, the kind of value, its token."""

    value: Value
    kind: str
    token: Token
    elements: str = ""  # Of a list, the kind of its elements.


class Expression:
    """A condition, parsed once and called for every row.

    Args:
        text: The condition; see the module.
        columns: The kind of each column, `NUMBER` or `TEXT`.

    Call arguments:
        row: The values by column; None where missing.

    Raises:
        ExpressionError: If the text is no condition on these columns.

    Example:
        >>> is_poor = Expression("20 <= score < 40", {"score": NUMBER})
        >>> is_poor({"score": 31.5}), is_poor({"score": None})
        (True, False)
    """

    def __init__(self, text: str, columns: Mapping[str, str]):
        self.text = text
        self._holds = _Parser(text, columns).parsed()

    def __call__(self, row: Row) -> bool:
        """Returns whether the condition holds for a row."""
        return self._holds(row)


class _Parser:
    def __init__(self, text: str, columns: Mapping[str, str]):
        self.text, self.columns = text, columns
        self.tokens = list(tokens_of(text))
        self.index = self.depth = 0

    def parsed(self) -> Value:
        found = self._condition()
        if self._next.kind != "end":
            raise self._error("`and`, `or`, an operator or the end", self._next)
        return self._of_kind(found, CONDITION).value

    @property
    def _next(self) -> Token:
        return self.tokens[self.index]

    def _taken(self, *texts: str) -> Token | None:
        """Returns the next token and moves on if it is one of these."""
        token = self._next
        if token.kind in ("keyword", "operator", "mark") and token.text in texts:
            self.index += 1
            return token
        return None

    def _error(self, expected: str, token: Token, received: str = "") -> Exception:
        message = f"{expected} is expected. Received: {received or token}"
        return ExpressionError(message, self.text, token.position)

    def _of_kind(self, operand: _Operand, kind: str) -> _Operand:
        if operand.kind != kind:
            received = f"{operand.kind}, {operand.token}"
            raise self._error(kind.capitalize(), operand.token, received)
        return operand

    def _condition(self) -> _Operand:
        return self._joined("or", lambda: self._joined("and", self._negation, all), any)

    def _joined(self, word: str, part: Callable, reduced: Callable) -> _Operand:
        first = part()
        values = [first.value]
        while self._taken(word):
            self._of_kind(first, CONDITION)
            values.append(self._of_kind(part(), CONDITION).value)
        if len(values) == 1:
            return first
        return _Operand(
            lambda row: reduced(value(row) for value in values), CONDITION, first.token
        )

    def _negation(self) -> _Operand:
        token = self._taken("not")
        if token is None:
            return self._comparison()
        self._descend(token)
        value = self._of_kind(self._negation(), CONDITION).value
        self.depth -= 1
        return _Operand(lambda row: not value(row), CONDITION, token)

    def _comparison(self) -> _Operand:
        first = left = self._operand()
        tests: list[Value] = []
        while name := self._operator():
            right = self._operand()
            self._check(left, name, right)
            tests.append(_test(_OPERATORS[name], left.value, right.value))
            left = right
        if not tests:
            return first
        return _Operand(
            lambda row: all(test(row) for test in tests), CONDITION, first.token
        )

    def _operator(self) -> str:
        token = self._taken(*_OPERATORS, "not")
        if token is None or token.text != "not":
            return "" if token is None else token.text
        if not self._taken("in"):
            raise self._error("`in` after `not`", self._next)
        return "not in"

    def _check(self, left: _Operand, name: str, right: _Operand) -> None:
        if left.kind not in (NUMBER, TEXT):
            received = f"{left.kind}, {left.token}"
            raise self._error("A number or a text", left.token, received)
        if not name.endswith("in"):
            self._of_kind(right, left.kind)
        elif right.kind == LIST:
            if right.elements != left.kind:
                received = f"a list with {right.elements}, {right.token}"
                expected = f"A list with {left.kind}"
                raise self._error(expected, right.token, received)
        else:
            self._of_kind(left, TEXT)
            self._of_kind(right, TEXT)

    def _operand(self) -> _Operand:
        token = self._next
        self.index += token.kind != "end"
        if token.kind == "number":
            number = float(token.text)
            return _Operand(lambda row: number, NUMBER, token)
        if token.kind == "text":
            return _Operand(lambda row: token.text, TEXT, token)
        if token.kind == "name":
            return _Operand(_column(token.text), self._kind_of(token), token)
        if token.text in ("(", "[") and token.kind == "mark":
            return self._enclosed(token)
        raise self._error("A column, a number or a text in quotation marks", token)

    def _kind_of(self, token: Token) -> str:
        if token.text not in self.columns:
            near = difflib.get_close_matches(token.text, self.columns, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            expected = f"A column, one of {', '.join(self.columns)},"
            raise self._error(expected, token, f"{token}{hint}")
        return self.columns[token.text]

    def _enclosed(self, start: Token) -> _Operand:
        """Returns what is within parentheses: a condition, an operand or a list."""
        follows_in = self.tokens[max(0, self.index - 2)].text == "in"
        self._descend(start)
        parts = [self._condition()]
        while self._taken(","):
            parts.append(self._condition())
        if not self._taken(")" if start.text == "(" else "]"):
            end = "`)`" if start.text == "(" else "`]`"
            raise self._error(f"{end} or `,`", self._next)
        self.depth -= 1
        if len(parts) == 1 and start.text == "(" and not follows_in:
            return parts[0]
        kind = parts[0].kind
        if kind not in (NUMBER, TEXT):
            raise self._error("A number or a text", parts[0].token, kind)
        values = [self._of_kind(part, kind).value for part in parts]
        return _Operand(lambda row: [value(row) for value in values], LIST, start, kind)

    def _descend(self, token: Token) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error(f"A depth of at most {_DEEPEST}", token, "a deeper one")


def _column(name: str) -> Value:
    return lambda row: row[name]


def _test(compare: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    def test(row: Row) -> bool:
        first, second = left(row), right(row)
        return first is not None and second is not None and compare(first, second)

    return test
