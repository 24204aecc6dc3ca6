"""Selection of rows, compared with sorting all of them."""

import itertools
import weakref

import numpy as np
import pytest

from tfiqa.decisions import is_below
from tfiqa.decisions import select
from tfiqa.decisions.tokens import ExpressionError
from tfiqa.scoring import ScoreRow


class Row(dict):
    """A row to which there may be weak references."""

    __hash__ = object.__hash__


def rows_of(scores):
    for index, score in enumerate(scores):
        status = "flat" if score is None else "ok"
        yield Row(path=f"{index}.png", score=score, status=status, width=index % 5)


SCORES = [None if n % 7 == 3 else float(n * 37 % 23) for n in range(60)]


@pytest.mark.parametrize("count", [1, 5, 100])
def test_ranks_are_those_of_sorted_rows(count):
    rows = [row for row in rows_of(SCORES) if row["score"] is not None]
    best = sorted(rows, key=lambda row: -row["score"])[:count]
    worst = sorted(rows, key=lambda row: row["score"])[:count]
    assert list(select(rows_of(SCORES), top=count)) == best
    assert list(select(rows_of(SCORES), bottom=count)) == worst


def test_missing_values_come_last_in_both_directions():
    up = [row["score"] for row in select(rows_of(SCORES), sort="score")]
    down = [row["score"] for row in select(rows_of(SCORES), sort="-score")]
    scores = [score for score in SCORES if score is not None]
    assert up == sorted(scores) + [None] * (60 - len(scores))
    assert down == sorted(scores, reverse=True) + [None] * (60 - len(scores))


def test_the_condition_comes_first_and_the_order_last():
    result = list(select(rows_of(SCORES), where="width in (1, 2)", top=4, sort="path"))
    passing = [row for row in rows_of(SCORES) if row["width"] in (1, 2)]
    best = list(select(passing, top=4))
    assert result == sorted(best, key=lambda row: row["path"])


def test_rows_pass_as_they_come_and_few_are_kept():
    endless = rows_of(map(float, itertools.count()))
    result = itertools.islice(select(endless, where="score >= 10"), 3)
    assert [row["score"] for row in result] == [10, 11, 12]

    alive: weakref.WeakSet[Row] = weakref.WeakSet()
    most: list[int] = []

    def watched():
        for row in rows_of(np.random.default_rng(0).uniform(0, 9, 3000).tolist()):
            alive.add(row)
            most.append(len(alive))
            yield row

    assert len(list(select(watched(), top=7))) == 7
    assert max(most) <= 7 + 3


def test_rows_of_score_files_are_taken():
    rows = [ScoreRow(f"{n}.png", float(n), "ok", width=n) for n in range(5)]
    assert list(select(rows, where="score < 4", top=2)) == [rows[3], rows[2]]


def test_wrong_arguments_are_errors_at_once():
    rows = list(rows_of([1.0]))
    with pytest.raises(ValueError, match="top=1, bottom=2"):
        select(rows, top=1, bottom=2)
    with pytest.raises(ValueError, match="Received: top=0"):
        select(rows, top=0)
    with pytest.raises(ExpressionError, match="did you mean score"):
        select(rows, where="scores < 3")
    with pytest.raises(ValueError, match="Received: 'size'"):
        list(select(rows, sort="-size"))
    assert list(select([], where="anything < 3", sort="size", top=3)) == []


@pytest.mark.parametrize(
    ("score", "high", "below", "entirely"),
    [
        (30.0, 39.9, True, True),
        (30.0, 40.0, True, False),
        (40.0, 50.0, False, False),
        (None, None, False, False),
    ],
)
def test_below_a_threshold(score, high, below, entirely):
    row = {"score": score, "high": high}
    assert is_below(row, 40) is below
    assert is_below(row, 40, confident=True) is entirely
