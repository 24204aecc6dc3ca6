"""Tests of the logistic fits against SciPy, a grid and worked examples."""

import numpy as np
import pytest
import scipy.optimize

from tfiqa.metrics import fit_logistic
from tfiqa.metrics import plcc
from tfiqa.metrics import rmse

RANDOM = np.random.default_rng(4)
PREDICTIONS = RANDOM.uniform(-2, 2, 150)
MOS = 20 + 60 / (1 + np.exp(-2 * PREDICTIONS)) + RANDOM.normal(0, 6, 150)


def four(q, b1, b2, b3, b4):
    return (b1 - b2) / (1 + np.exp(-(q - b3) / np.abs(b4))) + b2


def five(q, b1, b2, b3, b4, b5):
    return b1 * (1 / 2 - 1 / (1 + np.exp(b2 * (q - b3)))) + b4 * q + b5


def test_four_parameters_equal_scipy_from_the_start_of_the_field():
    start = [MOS.max(), MOS.min(), PREDICTIONS.mean(), PREDICTIONS.std() / 4]
    expected, _ = scipy.optimize.curve_fit(four, PREDICTIONS, MOS, start)

    fit = fit_logistic(PREDICTIONS, MOS)

    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-3)
    mapped = four(PREDICTIONS, *expected)
    np.testing.assert_allclose(fit(PREDICTIONS), mapped, atol=1e-3)
    assert fit.plcc(PREDICTIONS, MOS) == pytest.approx(plcc(mapped, MOS), abs=1e-7)
    assert fit.rmse(PREDICTIONS, MOS) == pytest.approx(rmse(mapped, MOS), rel=1e-7)
    residuals = fit.residuals(PREDICTIONS, MOS)
    assert np.sqrt(np.mean(residuals**2)) == pytest.approx(fit.rmse(PREDICTIONS, MOS))


def test_five_parameters_equal_scipy():
    start = [np.ptp(MOS), 4.0, 0.0, 0.0, MOS.mean()]
    expected, _ = scipy.optimize.curve_fit(five, PREDICTIONS, MOS, start, maxfev=20_000)
    fit = fit_logistic(PREDICTIONS, MOS, parameters=5)
    mapped = five(PREDICTIONS, *expected)
    assert fit.rmse(PREDICTIONS, MOS) <= rmse(mapped, MOS) * (1 + 1e-6)
    np.testing.assert_allclose(fit(PREDICTIONS), mapped, atol=0.05)


@pytest.mark.parametrize(
    ("parameters", "function", "truth"),
    [(4, four, (90.0, 10.0, 0.3, 0.5)), (5, five, (50.0, 2.0, -0.2, 3.0, 40.0))],
)
def test_finds_the_parameters_that_made_the_mos(parameters, function, truth):
    fit = fit_logistic(
        PREDICTIONS, function(PREDICTIONS, *truth), parameters=parameters
    )
    np.testing.assert_allclose(fit.coefficients, truth, rtol=1e-4)


@pytest.mark.parametrize("parameters", [4, 5])
@pytest.mark.parametrize(
    ("scale", "shift"), [(1e9, -7e9), (1e-9, 3.0), (1e200, 0.0), (1.0, 1e6)]
)
def test_units_of_predictions_do_not_matter(parameters, scale, shift):
    plain = fit_logistic(PREDICTIONS, MOS, parameters=parameters)
    q = PREDICTIONS * scale + shift
    fit = fit_logistic(q, MOS, parameters=parameters)
    assert fit.plcc(q, MOS) == pytest.approx(plain.plcc(PREDICTIONS, MOS), abs=1e-6)
    assert fit.rmse(q, MOS) == pytest.approx(plain.rmse(PREDICTIONS, MOS), rel=1e-5)


@pytest.mark.parametrize("parameters", [4, 5])
def test_no_worse_than_a_straight_line(parameters):
    # A logistic may be as straight as it likes; the line is a bound, whatever the data.
    for seed in range(20):
        random = np.random.default_rng(seed)
        q = random.standard_t(2, 40)
        y = random.normal(size=40) + random.uniform(-1, 1) * q
        slope, intercept = np.polyfit(q, y, 1)
        line = rmse(slope * q + intercept, y)
        assert fit_logistic(q, y, parameters=parameters).rmse(q, y) < line * 1.001


@pytest.mark.parametrize("parameters", [4, 5])
def test_a_negative_correlation_stays_negative(parameters):
    fit = fit_logistic(-PREDICTIONS, MOS, parameters=parameters)
    assert fit.direction == -1
    plain = fit_logistic(PREDICTIONS, MOS, parameters=parameters)
    assert fit.plcc(-PREDICTIONS, MOS) == pytest.approx(
        -plain.plcc(PREDICTIONS, MOS), abs=1e-6
    )
    assert fit.rmse(-PREDICTIONS, MOS) == pytest.approx(
        plain.rmse(PREDICTIONS, MOS), rel=1e-5
    )


def test_ties_are_no_trouble():
    q, y = np.round(PREDICTIONS), np.round(MOS, -1)
    means = {value: y[q == value].mean() for value in np.unique(q)}
    bound = rmse([means[value] for value in q], y)  # Of any function at all.
    assert bound <= fit_logistic(q, y).rmse(q, y) < 1.1 * bound


@pytest.mark.parametrize(
    ("predictions", "mos", "failure"),
    [
        (np.full(20, 0.1), np.arange(20.0), "1 different predictions"),
        ([1, 2], [3, 4], "2 different predictions, 5 are needed"),
        ([1, 2, 3, 4] * 5, np.arange(20.0), "4 different predictions"),
        (np.arange(20.0), np.full(20, 0.1), "all MOS are the same"),
    ],
)
def test_without_a_fit_values_are_raw_and_the_reason_is_given(
    predictions, mos, failure
):
    fit = fit_logistic(predictions, mos)
    assert not fit.converged
    assert fit.failure.startswith(failure)
    assert fit.plcc(predictions, mos) == pytest.approx(
        plcc(predictions, mos), nan_ok=True
    )
    assert fit.rmse(predictions, mos) == rmse(predictions, mos)


def test_a_fit_that_does_not_converge_is_told(monkeypatch):
    monkeypatch.setattr("tfiqa.metrics.logistic._EVALUATIONS", 2)
    fit = fit_logistic(PREDICTIONS, MOS)
    assert fit.failure == "the fit did not converge"
    assert fit.plcc(PREDICTIONS, MOS) == plcc(PREDICTIONS, MOS)


def test_asymptotes_are_kept():
    free = fit_logistic(PREDICTIONS, MOS)
    bound = fit_logistic(PREDICTIONS, MOS, asymptotes=(30.0, 70.0))
    assert free.coefficients[0] > 70
    assert bound.coefficients[:2] == pytest.approx((70, 30), abs=1e-3)
    loose = fit_logistic(PREDICTIONS, MOS, asymptotes=(-500.0, 900.0))
    np.testing.assert_allclose(loose.coefficients, free.coefficients, rtol=1e-3)


def test_nan_is_refused_and_passes_the_fit():
    with pytest.raises(ValueError, match=r"`predictions`.*1 of 3"):
        fit_logistic([1, np.nan, 2], [1, 2, 3])
    assert np.isnan(fit_logistic(PREDICTIONS, MOS)([np.nan, 0.0])).tolist() == [1, 0]


@pytest.mark.parametrize(
    "options", [{"parameters": 3}, {"parameters": 5, "asymptotes": (0, 1)}]
)
def test_options_are_checked(options):
    with pytest.raises(ValueError, match=f"parameters={options['parameters']}"):
        fit_logistic(PREDICTIONS, MOS, **options)


@pytest.mark.parametrize(
    ("count", "correlation", "seeds"),
    [(50, 0.0, (6, 16, 19)), (480, 0.0, (12, 18)), (200, 0.1, (6, 24, 27))],
)
def test_weak_correlations_are_fitted_too(count, correlation, seeds):
    """The best curve is then as steep as it may be, and no search ends by itself."""
    for seed in seeds:
        random = np.random.default_rng(seed)
        q, noise = random.normal(size=(2, count))
        y = correlation * q + np.sqrt(1 - correlation**2) * noise
        fit = fit_logistic(q, y)
        assert fit.converged, seed
        slope, intercept = np.polyfit(q, y, 1)
        assert fit.rmse(q, y) <= rmse(slope * q + intercept, y) * 1.001


def test_the_steepest_curve_equals_a_grid_of_places():
    random = np.random.default_rng(16)  # No search of place and width ends here.
    q, y = random.normal(size=50), random.normal(size=50)
    width = 0.05 * np.std(q)
    errors = []
    for place in np.linspace(q.min(), q.max(), 2000):
        rising = 1 / (1 + np.exp(-(q - place) / width))
        matrix = np.stack([rising, 1 - rising], axis=1)
        fitted = matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
        errors.append(rmse(fitted, y))
    fit = fit_logistic(q, y)
    assert fit.coefficients[3] == pytest.approx(width)
    assert fit.rmse(q, y) == pytest.approx(min(errors), rel=1e-4)
