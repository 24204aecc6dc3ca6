"""Tests of what is kept on the way."""

import numpy as np
import pytest

from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.cache import ScoreStore
from tfiqa.scoring.assessment import Assessment

FOUND = [
    Assessment("ok", 0.1 + 1e-17, 30, 20),
    Assessment("undecodable"),
    Assessment("ok", -3.0, 8, 9),
]
IDS = ["a, b.png", "c", 'd "e"']


def test_what_was_added_is_read_again_exactly(tmp_path):
    path = tmp_path / "deep" / "scores.csv"
    ScoreStore(path).add(IDS, FOUND)
    result = ScoreStore(path).outcomes(IDS[::-1])
    np.testing.assert_array_equal(result.scores, [-3.0, np.nan, FOUND[0].score])
    assert result.statuses == ("ok", "undecodable", "ok")
    assert result.sizes.tolist() == [[8, 9], [0, 0], [30, 20]]
    assert result.failures == {"undecodable": 1}


def test_a_torn_row_is_forgotten(tmp_path):
    path = tmp_path / "scores.csv"
    ScoreStore(path).add(IDS, FOUND)
    path.write_bytes(path.read_bytes()[:-4])
    store = ScoreStore(path)
    assert store.missing(IDS).tolist() == [False, False, True]
    store.add(IDS[2:], FOUND[2:])
    assert ScoreStore(path).outcomes(IDS).scores[2] == -3.0


def test_rows_are_there_as_soon_as_they_are_known(tmp_path):
    def killed():
        yield FOUND[0]
        raise KeyboardInterrupt

    path = tmp_path / "scores.csv"
    with pytest.raises(KeyboardInterrupt):
        ScoreStore(path).add(IDS, killed())
    assert ScoreStore(path).missing(IDS).tolist() == [False, True, True]


def test_features_are_kept_in_blocks(tmp_path):
    store = FeatureStore(tmp_path / "f")
    store.add(["a"], np.ones((1, 3), np.float32))
    store.add(["b", "c"], np.array([[1, 2, 3], [np.nan] * 3], np.float32))
    again = FeatureStore(tmp_path / "f")
    assert again.missing(["a", "x", "c"]).tolist() == [False, True, False]
    np.testing.assert_array_equal(again.features(["b", "a"]), [[1, 2, 3], [1, 1, 1]])


def test_stores_without_a_folder_keep_in_memory():
    store = ScoreStore(None)
    store.add(IDS, FOUND)
    assert not store.missing(IDS).any()
