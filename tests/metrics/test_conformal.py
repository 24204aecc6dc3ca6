"""Tests of calibration: its coverage above all."""

import csv

import numpy as np
import pytest

from tfiqa import metrics
from tfiqa.metrics.conformal import calibrate
from tfiqa.metrics.conformal import coverages
from tfiqa.metrics.conformal import covered


def simulated(n, seed=0):
    """Returns predictions and MOS 1 to 5 that scatter more where they are low."""
    random = np.random.default_rng(seed)
    truth = random.beta(2, 1.5, n)
    predictions = 3 * truth + random.normal(0, 0.15, n)
    scatter = random.standard_t(5, n) * (0.02 + 0.15 * (1 - truth))
    mos = 1 + 4 * np.clip(truth + scatter, 0, 1)
    return predictions, mos


@pytest.mark.parametrize(("level", "divisions"), [(0.8, 100), (0.9, 200)])
def test_coverage_is_what_is_said(level, divisions):
    shares = coverages(
        *simulated(400), mos_range=(1, 5), level=level, divisions=divisions
    )
    assert shares.shape == (divisions,)
    assert level - 0.01 <= shares.mean() <= level + 0.015
    assert 0.005 < shares.std() < 0.06


def test_coverage_holds_on_real_pictures(shared):
    """BIQ2021's test pictures, predicted by the logarithm of their bytes alone."""
    folder = shared / "data" / "biq2021"
    table = folder / "Test (Images and MOS).csv"
    if not table.exists():
        pytest.skip("no BIQ2021")
    with open(table, newline="") as file:
        rows = [(row["Image Name"], float(row["MOS"])) for row in csv.DictReader(file)]
    files = [(folder / "Images" / name, mos) for name, mos in rows]
    known = [(path.stat().st_size, mos) for path, mos in files if path.exists()]
    sizes, mos = np.array(known).T
    assert len(mos) > 400
    shares = coverages(np.log(sizes), mos, mos_range=(0, 1), divisions=500)
    assert 0.89 <= shares.mean() <= 0.915
    assert shares.std() < 0.06


@pytest.mark.parametrize("seed", range(10))
def test_curves_of_predictions_from_0_to_100_stay_in_the_scale(seed):
    random = np.random.default_rng(seed)
    predictions = random.uniform(0, 100, 200)
    mos = np.clip(predictions + random.normal(0, 5, 200), 0, 100)
    high, low, *_ = calibrate(predictions, mos, mos_range=(0, 100)).curve
    assert 0 <= low < high <= 100


def test_intervals_are_wider_where_errors_are():
    predictions, mos = simulated(4000)
    result = calibrate(predictions, mos, mos_range=(1, 5))
    assert result.widths[0] > 1.3 * result.widths[-1]
    # And do not tell less than one width for all would.
    low, high = result.interval(result(predictions))
    errors = np.abs(25 * (mos - 1) - result(predictions))
    assert np.mean(high - low) < 2 * np.quantile(errors, 0.9)


def test_the_map_rises_within_the_scale_and_keeps_rankings():
    predictions, mos = simulated(200, seed=4)
    result = calibrate(predictions, mos, mos_range=(1, 5))
    wide = np.linspace(-5, 8, 200)
    assert np.all(np.diff(result(wide)) > 0)
    assert result(wide).min() >= 0
    assert result(wide).max() <= 100
    assert metrics.srocc(result(predictions), mos) == metrics.srocc(predictions, mos)
    low, high = result.interval(result(wide))
    assert low.min() >= 0
    assert high.max() <= 100


def test_the_quantile_worked_by_hand():
    # 200 pictures: of 100 conformal ones the ceil(101 * 0.9) = 91st relative error.
    predictions, mos = simulated(200)
    result = calibrate(predictions, mos, mos_range=(1, 5), seed=5)
    order = np.random.default_rng(5).permutation(200)[100:]
    low, high = result.interval(result(predictions[order]))
    target = 25 * (mos[order] - 1)
    widths = np.interp(result(predictions[order]), result.knots, result.widths)
    inside = np.abs(target - result(predictions[order])) <= widths * (1 + 1e-9)
    assert np.count_nonzero(inside) == 91
    assert covered(
        result, predictions[order], mos[order], mos_range=(1, 5)
    ) == pytest.approx(0.91, abs=0.011)
    assert np.all(low <= high)


def test_missing_values_are_counted():
    predictions, mos = simulated(100)
    predictions[3], mos[[3, 8]] = np.nan, np.nan
    result = calibrate(predictions, mos, mos_range=(1, 5))
    assert (result.fitted, result.conformal, result.missing) == (49, 49, 2)


def test_bad_input():
    predictions, mos = simulated(100)
    with pytest.raises(ValueError, match=r"At least 40.*Received: 39, and 0 without"):
        calibrate(predictions[:39], mos[:39], mos_range=(1, 5))
    with pytest.raises(ValueError, match=r"At least 198 .*level=0.99"):
        calibrate(predictions, mos, mos_range=(1, 5), level=0.99)
    with pytest.raises(ValueError, match=r"mos_range=\(0, 1\)"):
        calibrate(predictions, mos, mos_range=(0, 1))
    with pytest.raises(ValueError, match=r"SROCC -0.*the fit falls"):
        calibrate(-predictions, mos, mos_range=(1, 5))
    with pytest.raises(ValueError, match="1 different predictions"):
        calibrate(np.ones(100), mos, mos_range=(1, 5))
    with pytest.raises(ValueError, match="level=90"):
        calibrate(predictions, mos, mos_range=(1, 5), level=90)
