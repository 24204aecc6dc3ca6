"""Conditions on rows, compared with Python's own evaluation."""

import random

import pytest

from tfiqa.decisions.expression import NUMBER
from tfiqa.decisions.expression import TEXT
from tfiqa.decisions.expression import Expression
from tfiqa.decisions.tokens import ExpressionError

COLUMNS = {"score": NUMBER, "width": NUMBER, "status": TEXT, "notes": TEXT}
ROWS = [
    {"score": 31.5, "width": 640, "status": "ok", "notes": ""},
    {"score": -2.0, "width": 2048, "status": "ok", "notes": "end marker missing"},
    {"score": 40.0, "width": 8, "status": "flat", "notes": "flat or not"},
]


def number(rng):
    return rng.choice(["score", "width", "40", "-2", "31.5", "2.048e3", ".5"])


def text(rng):
    return rng.choice(["status", "notes", '"ok"', "'end marker'", '""', "'flat'"])


def comparison(rng):
    operand = rng.choice([number, text])
    operators = ["<", "<=", ">", ">=", "==", "!="]
    if rng.random() < 0.3:
        middle, last = rng.choice(operators), rng.choice(operators)
        return f"{operand(rng)} {middle} {operand(rng)}{last}{operand(rng)}"
    if rng.random() < 0.4:
        values = ", ".join(operand(rng) for _ in range(rng.randint(2, 3)))
        return f"{operand(rng)} {rng.choice(['in', 'not in'])} ({values})"
    if operand is text and rng.random() < 0.5:
        return f"{text(rng)} {rng.choice(['in', 'not in'])} {text(rng)}"
    return f"{operand(rng)}{rng.choice(operators)} {operand(rng)}"


def condition(rng, depth):
    if not depth:
        return comparison(rng)
    first, second = condition(rng, depth - 1), condition(rng, depth - 1)
    return rng.choice(
        (
            *(first, f"not {first}", f"({first})", f"{first} and {second}"),
            *(f"{first} or {second}", f"({first} or {second}) and not ({first})"),
        )
    )


def test_conditions_mean_what_they_mean_in_python():
    rng = random.Random(0)
    outcomes = set()
    for _ in range(400):
        source = condition(rng, rng.randint(0, 3))
        holds = Expression(source, COLUMNS)
        for row in ROWS:
            expected = bool(eval(source, {"__builtins__": {}}, dict(row)))
            assert holds(row) is expected, (source, row)
            outcomes.add(expected)
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    "source", ["score < 4", "score >= 4", "score != 4", "score in (1, 2)", "4 > score"]
)
def test_a_missing_value_compares_false(source):
    row = {"score": None, "width": 1, "status": "", "notes": ""}
    assert Expression(source, COLUMNS)(row) is False
    assert Expression(f"not {source}", COLUMNS)(row) is True


def test_a_single_text_in_parentheses_is_a_list_after_in():
    assert not Expression("status in ('oki')", COLUMNS)(ROWS[0])
    assert Expression("status in 'oki'", COLUMNS)(ROWS[0])


@pytest.mark.parametrize(
    ("source", "position", "message"),
    [
        ("scor < 4", 0, "did you mean score"),
        ("width < 4 or size > 3", 13, "one of score, width, status, notes"),
        ("score", 0, "A condition is expected. Received: a number"),
        ("not status", 4, "Received: a text"),
        ("score < 'a'", 8, "A number is expected"),
        ("score = 4", 6, "== is expected"),
        ("score < 4)", 9, "an operator or the end"),
        ("(score < 4", 10, "`)`"),
        ("score < 4 and", 13, "Received: the end"),
        ("status == 'ok", 10, "same quotation mark"),
        ("score in notes", 0, "A text is expected"),
        ("score in ('a', 'b')", 9, "a list with a text"),
        ("score in (1, 'b')", 13, "A number is expected"),
        ("score in ()", 10, "Received: ')'"),
        ("(score < 3) < 4", 1, "Received: a condition"),
        ("score < 3 4", 10, "Received: '4'"),
        ("", 0, "Received: the end"),
        ("__import__('os')", 0, "one of score"),
        ("score.real < 3", 5, "Received: '.'"),
        ("score; 1", 5, "Received: ';'"),
        ("(" * 99 + "score", 50, "A depth of at most 50"),
        ("not " * 99 + "score < 1", 200, "A depth of at most 50"),
    ],
)
def test_an_error_shows_its_position(source, position, message):
    with pytest.raises(ExpressionError) as caught:
        Expression(source, COLUMNS)
    assert message in str(caught.value)
    assert caught.value.position == position
    line, caret = str(caught.value).splitlines()[-2:]
    assert line == f"  {source}"
    assert caret == f"  {' ' * position}^"


def test_an_error_about_hidden_characters_stays_on_its_lines():
    with pytest.raises(ExpressionError) as caught:
        Expression("score <\n\x1b[2J 4", COLUMNS)
    assert len(str(caught.value).splitlines()) == 3
    assert "\x1b" not in str(caught.value)
