"""Splits against a slow division, and what must hold of all of them."""

import numpy as np
import pytest

from tfiqa.data import splits

REFERENCES = [f"scene {number % 29}" for number in range(29 * 5 + 3)]


def naive_three_way(references, seed):
    contents = sorted(set(references))
    order = np.random.default_rng(seed).permutation(len(contents))
    shuffled = [contents[place] for place in order]
    tests, validations = round(len(contents) / 5), round(len(contents) / 10)
    parts = [[], [], []]
    for row, reference in enumerate(references):
        place = shuffled.index(reference)
        part = 2 if place < tests else 1 if place < tests + validations else 0
        parts[part].append(row)
    return parts


@pytest.mark.parametrize("seed", splits.SEEDS)
def test_three_way_agrees_with_a_slow_division(seed):
    parts = splits.three_way(REFERENCES, seed=seed)
    expected = naive_three_way(REFERENCES, seed)
    for part, rows in zip(parts, expected, strict=True):
        np.testing.assert_array_equal(part, rows)


@pytest.mark.parametrize("count", [3, 4, 10, 23, 29, 1_162])
def test_three_way_shares_contents_70_10_20(count):
    names = [str(number) for number in range(count)]
    train, validation, test = splits.three_way(names, seed=3)
    assert sorted([*train, *validation, *test]) == list(range(count))
    assert len(test) == max(1, round(count * 0.2))
    assert len(validation) == max(1, round(count * 0.1))


@pytest.mark.parametrize("divide", [splits.three_way, splits.two_way])
def test_no_content_is_on_two_sides(divide):
    for seed in splits.SEEDS:
        sides = [
            {REFERENCES[row] for row in part} for part in divide(REFERENCES, seed=seed)
        ]
        assert sum(map(len, sides)) == len(set().union(*sides)) == 29


@pytest.mark.parametrize("divide", [splits.three_way, splits.two_way])
def test_ten_seeds_are_ten_divisions(divide):
    drawn = {tuple(divide(REFERENCES, seed=seed)[-1]) for seed in splits.SEEDS}
    assert len(drawn) == len(splits.SEEDS) == 10


@pytest.mark.parametrize("divide", [splits.three_way, splits.two_way])
def test_the_order_of_rows_does_not_matter(divide):
    backwards = divide(REFERENCES[::-1], seed=4)
    for part, other in zip(divide(REFERENCES, seed=4), backwards, strict=True):
        np.testing.assert_array_equal(part, len(REFERENCES) - 1 - other[::-1])


def test_two_way_holds_out_an_eighth():
    names = [str(number) for number in range(80)]
    train, validation = splits.two_way(names, seed=0)
    assert (len(train), len(validation)) == (70, 10)
    assert sorted([*train, *validation]) == list(range(80))


def test_too_few_contents_are_refused():
    with pytest.raises(ValueError, match=r"At least 3 .* 4 images of 2 contents"):
        splits.three_way(["a", "a", "b", "b"], seed=0)
    with pytest.raises(ValueError, match=r"At least 2 .* 2 images of 1 contents"):
        splits.two_way(["a", "a"], seed=0)


def test_negative_seeds_are_refused():
    with pytest.raises(ValueError, match="seed=-1"):
        splits.three_way(REFERENCES, seed=-1)
