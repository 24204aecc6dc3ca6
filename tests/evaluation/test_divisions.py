"""Tests of repeated divisions, with functions instead of models."""

import numpy as np
import pytest

from tfiqa import metrics
from tfiqa.evaluation.divisions import content_divisions
from tfiqa.evaluation.divisions import repeated

RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(120, 6))
MOS = FEATURES @ RANDOM.normal(size=6) + RANDOM.normal(0, 0.5, 120)
CONTENTS = [f"content {index // 4}" for index in range(120)]


def ridge(train, validation):
    """Ridge whose alpha is the best of three on the validation rows."""

    def solved(rows, alpha):
        x = FEATURES[rows]
        weights = np.linalg.solve(x.T @ x + alpha * np.eye(6), x.T @ MOS[rows])
        return lambda rows: FEATURES[rows] @ weights

    best = max(
        (0.1, 10.0, 1000.0),
        key=lambda alpha: metrics.srocc(
            solved(train, alpha)(validation), MOS[validation]
        ),
    )
    return solved(np.concatenate([train, validation]), best)


def test_equals_a_loop_over_the_seeds():
    repeats = repeated(ridge, MOS, content_divisions(CONTENTS, seeds=range(4)))

    sroccs = []
    for seed, repeat in enumerate(repeats.repeats):
        train, validation, test = content_divisions(CONTENTS, seeds=[seed])[seed]
        predictions = ridge(train, validation)(test)
        sroccs.append(metrics.srocc(predictions, MOS[test]))
        assert repeat.seed == seed
        assert repeat.figures["SROCC"] == sroccs[-1]
        assert repeat.scored == 24
    spread = repeats.spread("SROCC")
    assert spread.median == np.median(sroccs) > 0.9
    assert (spread.low, spread.high) == (min(sroccs), max(sroccs))
    assert spread.std == pytest.approx(np.std(sroccs))


def test_no_content_is_on_two_sides_and_every_row_on_one():
    for parts in content_divisions(CONTENTS).values():
        contents = [{CONTENTS[row] for row in part} for part in parts]
        assert not contents[0] & contents[1]
        assert not contents[2] & (contents[0] | contents[1])
        assert sorted(np.concatenate(parts)) == list(range(120))
    assert list(content_divisions(CONTENTS)) == list(range(10))


def test_fit_never_sees_a_test_row():
    divisions = content_divisions(CONTENTS, seeds=[2])

    def fit(train, validation):
        assert not set(divisions[2][2]) & {*train, *validation}
        return lambda rows: MOS[rows]

    assert repeated(fit, MOS, divisions).spread("RMSE").median == 0


def test_missing_predictions_are_counted():
    def fit(train, validation):
        return lambda rows: np.where(rows % 3 == 0, np.nan, MOS[rows])

    repeats = repeated(fit, MOS, content_divisions(CONTENTS, seeds=[0, 1]))
    for repeat in repeats.repeats:
        assert repeat.scored + repeat.missing == 24
    tests = [parts[2] for parts in content_divisions(CONTENTS, seeds=[0, 1]).values()]
    lost = [int(np.sum(rows % 3 == 0)) for rows in tests]
    assert [repeat.missing for repeat in repeats.repeats] == lost


def test_constant_predictions_have_no_median():
    repeats = repeated(
        lambda *_: lambda rows: np.ones(len(rows)),
        MOS,
        content_divisions(CONTENTS, seeds=[0, 1]),
    )
    assert np.isnan(repeats.spread("SROCC").median)
    hint = "No logistic fit in 2 of 2 divisions: raw values instead."
    assert repeats.hints() == [hint]


def test_both_logistics_are_measured():
    divisions = content_divisions(CONTENTS, seeds=[0])
    one = repeated(ridge, MOS, divisions, logistics=(5, 4)).repeats[0]
    predictions = ridge(*divisions[0][:2])(divisions[0][2])
    mos = MOS[divisions[0][2]]
    for parameters, name in ((4, "RMSE (logistic)"), (5, "RMSE (logistic 5)")):
        fit = metrics.fit_logistic(predictions, mos, parameters=parameters)
        assert one.figures[name] == fit.rmse(predictions, mos)


def test_bad_input():
    rows = np.arange(5)
    with pytest.raises(ValueError, match="5 rows more than once"):
        repeated(ridge, MOS, {0: (rows, rows + 5, rows)})
    with pytest.raises(ValueError, match=r"shape \(24,\)"):
        repeated(
            lambda *_: lambda rows: rows[1:],
            MOS,
            content_divisions(CONTENTS, seeds=[0]),
        )
    with pytest.raises(ValueError, match=r"divisions=\{\}"):
        repeated(ridge, MOS, {})
