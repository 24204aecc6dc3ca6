"""Tests of the words for scores."""

import math

import pytest

from tfiqa.scoring.quality_words import word


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        *((0, "bad"), (19.99, "bad"), (20, "poor"), (40, "fair"), (59.99, "fair")),
        *((60, "good"), (80, "excellent"), (100, "excellent"), (math.nan, "")),
    ],
)
def test_words_of_scores(score, expected):
    assert word(score) == expected


@pytest.mark.parametrize("score", [-0.01, 100.01, math.inf])
def test_scores_off_the_scale_are_refused(score):
    with pytest.raises(ValueError, match=f"Received: {score}"):
        word(score)
