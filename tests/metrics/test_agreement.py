"""Tests of the metrics against their definitions, written out."""

import numpy as np
import pytest

from tfiqa.metrics import krocc
from tfiqa.metrics import plcc
from tfiqa.metrics import rmse
from tfiqa.metrics import srocc

METRICS = [srocc, plcc, krocc, rmse]


def naive_ranks(values):
    return [
        sum(v < value for v in values) + (sum(v == value for v in values) + 1) / 2
        for value in values
    ]


def naive_plcc(x, y):
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    variance_x = sum((a - mean_x) ** 2 for a in x)
    variance_y = sum((b - mean_y) ** 2 for b in y)
    return covariance / (variance_x * variance_y) ** 0.5


def naive_srocc(x, y):
    return naive_plcc(naive_ranks(x), naive_ranks(y))


def naive_krocc(x, y):
    concordant, untied_x, untied_y = 0, 0, 0
    for i in range(len(x)):
        for j in range(i):
            dx, dy = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
            concordant += dx * dy
            untied_x += dx != 0
            untied_y += dy != 0
    return concordant / (untied_x * untied_y) ** 0.5


def naive_rmse(x, y):
    return (sum((a - b) ** 2 for a, b in zip(x, y, strict=True)) / len(x)) ** 0.5


NAIVE = [naive_srocc, naive_plcc, naive_krocc, naive_rmse]


@pytest.mark.parametrize(("metric", "naive"), [*zip(METRICS, NAIVE, strict=True)])
@pytest.mark.parametrize("step", [0.001, 25])  # 25: many ties on both sides.
def test_equals_the_definition(metric, naive, step):
    random = np.random.default_rng(3)
    mos = np.round(random.uniform(0, 100, 60) / step) * step
    predictions = np.round((mos + random.normal(0, 20, 60)) / step) * step

    assert metric(predictions, mos) == pytest.approx(naive(predictions, mos), abs=1e-12)


def test_worked_by_hand():
    # Ranks 1 2 3 4 against 1 3 2 4: one of six pairs is swapped.
    assert srocc([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.8)
    assert krocc([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(4 / 6)
    assert plcc([1, 2, 3, 4], [10, 30, 20, 40]) == pytest.approx(0.8)
    assert rmse([1, 2, 3, 4], [1, 2, 3, 8]) == pytest.approx(2.0)


@pytest.mark.parametrize("metric", [srocc, plcc, krocc])
def test_direction_is_kept(metric):
    assert metric([1, 2, 3], [9, 5, 4]) < -0.9


@pytest.mark.parametrize("metric", [srocc, plcc, krocc])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_constant_predictions_give_nan_without_a_warning(metric, n):
    # 0.1 is no binary fraction: its mean over 7 is not exactly itself.
    assert np.isnan(metric(np.full(n, 0.1), np.arange(n)))
    assert np.isnan(metric(np.arange(n), np.full(n, 0.1)))


def test_plcc_of_huge_and_tiny_numbers():
    x = np.array([1.0, 2.0, 4.0])
    assert plcc(x * 1e250, x * 1e-250) == pytest.approx(1.0)


@pytest.mark.parametrize("metric", METRICS)
def test_nan_is_counted_not_dropped(metric):
    with pytest.raises(ValueError, match=r"`predictions`.*2 of 4"):
        metric([1, np.nan, np.inf, 3], [1, 2, 3, 4])
    with pytest.raises(ValueError, match=r"`mos`.*1 of 3"):
        metric([1, 2, 3], [1, np.nan, 3])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("x", "y"), [((3, 1), (3, 1)), ((3, 1), (3,)), ((3,), (4,)), ((0,), (0,))]
)
def test_shapes_are_checked(metric, x, y):
    with pytest.raises(ValueError, match=r"same shape `\(n,\)`"):
        metric(np.zeros(x), np.zeros(y))
