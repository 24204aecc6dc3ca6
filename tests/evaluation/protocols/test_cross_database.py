"""Tests of training on one database and testing on another."""

import numpy as np
import pytest

from tfiqa import metrics
from tfiqa.evaluation.protocols.cross_database import Database
from tfiqa.evaluation.protocols.cross_database import cross_database
from tfiqa.evaluation.protocols.cross_database import table

SIZES = {"wild": 40, "lab": 30, "zoo": 24}
RANDOM = np.random.default_rng(0)
FEATURES = {name: RANDOM.normal(size=size) for name, size in SIZES.items()}
DATABASES = {
    name: Database(
        image_ids=[f"{name} {index}" for index in range(len(x))],
        mos=50 + 10 * x + RANDOM.normal(0, 4, len(x)),
        references=[str(index // 2) for index in range(len(x))],
    )
    for name, x in FEATURES.items()
}


class Fits:
    """Predicts its feature, with the sign that it learned."""

    def __init__(self):
        self.calls = []

    def __call__(self, name, train, validation):
        self.calls.append((name, train, validation))
        sign = np.sign(np.corrcoef(FEATURES[name][train], DATABASES[name].mos[train]))

        def predict(other):
            found = sign[0, 1] * FEATURES[other]
            if other == "zoo":
                found[3] = np.nan
            return found

        return predict


def test_every_pair_is_trained_once_and_measured_on_the_whole_other_database():
    fit = Fits()
    results = cross_database(fit, DATABASES, resamples=20)
    assert list(results) == [(a, b) for a in SIZES for b in SIZES if a != b]
    assert [name for name, _, _ in fit.calls] == list(SIZES)
    for name, train, validation in fit.calls:
        assert sorted([*train, *validation]) == list(range(SIZES[name]))
        contents = DATABASES[name].references
        assert not {contents[i] for i in train} & {contents[i] for i in validation}
    result = results["wild", "lab"]
    assert result.scored == 30
    assert result.image_ids[0] == "lab 0"
    srocc = metrics.srocc(FEATURES["lab"], DATABASES["lab"].mos)
    assert result.figures["SROCC"].value == srocc
    assert result.figures["RMSE"].value > 30
    assert result.figures["RMSE (logistic)"].value < 8
    assert results["lab", "zoo"].failures == {"missing": 1}


def test_table_shows_what_was_measured():
    pairs = [("lab", "wild"), ("lab", "zoo"), ("zoo", "wild")]
    results = cross_database(Fits(), DATABASES, pairs=pairs, resamples=20)
    assert list(results) == pairs
    lines = [line.split() for line in table(results)]
    assert lines[0] == ["SROCC", "wild", "zoo"]
    assert lines[1][0] == "lab"
    assert lines[1][1] == f"{results['lab', 'wild'].figures['SROCC'].value:.3f}"
    assert lines[2][2] == "-"


@pytest.mark.parametrize("pair", [("lab", "lab"), ("lab", "moon")])
def test_pairs_are_checked(pair):
    with pytest.raises(ValueError, match=f"'{pair[1]}'"):
        cross_database(Fits(), DATABASES, pairs=[pair])
