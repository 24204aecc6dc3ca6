"""Tests of the curve of SROCC against the number of labels."""

import numpy as np
import pytest

from tfiqa.data import splits
from tfiqa.evaluation.protocols.label_efficiency import label_efficiency

RANDOM = np.random.default_rng(1)
FEATURES = RANDOM.normal(size=(200, 30))
MOS = FEATURES @ RANDOM.normal(size=30) + RANDOM.normal(0, 1, 200)
CONTENTS = [f"content {index // 2}" for index in range(200)]
COUNTS = (20, 60, 160)


def ridge(train, validation):
    x = FEATURES[train]
    weights = np.linalg.solve(x.T @ x + np.eye(30), x.T @ MOS[train])
    return lambda rows: FEATURES[rows] @ weights


def test_more_labels_do_better():
    curve = label_efficiency(ridge, MOS, CONTENTS, counts=COUNTS, seeds=range(5))
    assert curve.counts == COUNTS
    assert curve.sroccs.shape == (3, 5)
    assert np.all(np.diff(curve.medians) > 0.01)
    assert curve.medians[2] == np.median(curve.sroccs[2])


def test_labels_are_as_many_as_said_nested_and_never_of_the_test():
    seen = []

    def fit(train, validation):
        seen.append((set(train), set(validation)))
        return lambda rows: MOS[rows] * np.where(rows == rows[0], np.nan, 1.0)

    curve = label_efficiency(fit, MOS, CONTENTS, counts=[60, 20, 160], seeds=[3])

    test = set(splits.three_way(CONTENTS, seed=3)[2])
    labels = [train | validation for train, validation in seen]
    assert [len(one) for one in labels] == list(COUNTS)
    assert labels[0] < labels[1] < labels[2]
    assert not labels[2] & test
    for train, validation in seen:
        contents = [{CONTENTS[row] for row in part} for part in (train, validation)]
        assert contents[1]
        assert not contents[0] & contents[1]
    assert curve.sroccs == pytest.approx(1)
    assert (curve.missing == 1).all()
    assert (curve.scored == len(test) - 1).all()


@pytest.mark.parametrize("counts", [[], [1, 20], [161]])
def test_counts_are_checked(counts):
    with pytest.raises(ValueError, match="from 2 to 160"):
        label_efficiency(ridge, MOS, CONTENTS, counts=counts)
