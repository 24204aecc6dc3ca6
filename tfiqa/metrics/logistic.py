"""Logistic fits of predictions to MOS, after which the field measures PLCC and RMSE.

With 4 parameters, the default, and with 5:

    (b1 - b2) / (1 + exp(-(q - b3) / |b4|)) + b2
    b1 (1/2 - 1 / (1 + exp(b2 (q - b3)))) + b4 q + b5

Predictions and MOS are standardized before the fit, which only improves the numerics.
The coefficients in which the function is linear are solved for at each step, so only
two are searched: the center and the width. As is usual, the search begins at b3 = mean
q and b4 = std q / 4; it begins again elsewhere if it ends above the error of a straight
line. If no fit succeeds, predictions stay as they are and `LogisticFit.failure` says
why.

References:
    VQEG, "Final report on the validation of objective models of video quality
    assessment, phase II", 2003 (4 parameters).
    Sheikh et al., "A statistical evaluation of recent full reference image quality
    assessment algorithms", TIP 2006 (5 parameters).
"""

import dataclasses

import numpy as np
import scipy.optimize
import scipy.special
from numpy.typing import ArrayLike

from tfiqa.metrics.agreement import paired
from tfiqa.metrics.agreement import plcc
from tfiqa.metrics.agreement import rmse
from tfiqa.metrics.agreement import srocc

PARAMETERS = (4, 5)
# Bounds of the width, |b4| of 4 and 1 / |b2| of 5 parameters, in standard deviations of
# the predictions. Outside, the curve is a step between two images or a straight line.
_WIDTHS = (0.05, 1000.0)
# Initial centers and widths.
_STARTS = ((0.0, 0.25), (0.0, 1.0), (-1.0, 0.5), (1.0, 0.5), (0.0, 100.0))
_EVALUATIONS = 300
_BOUNDED_EVALUATIONS = 30


@dataclasses.dataclass(frozen=True)
class LogisticFit:
    """A function from predictions to MOS units.

    Attributes:
        parameters: Number of parameters, 4 or 5.
        coefficients: b1, b2, ... in the units of predictions and MOS; `None` if there
            is no fit, and predictions stay as they are.
        direction: 1 if the fit rises with the predictions, -1 if it falls. A falling
            fit would hide that the predictions disagree with the MOS.
        failure: Why there is no fit, empty if there is one.
    """

    parameters: int
    coefficients: tuple[float, ...] | None
    direction: int = 1
    failure: str = ""

    @property
    def converged(self) -> bool:
        """Whether there is a fit."""
        return self.coefficients is not None

    def __call__(self, predictions: ArrayLike) -> np.ndarray:
        """Returns predictions in MOS units, float64 of the same shape; keeps NaN."""
        q = np.asarray(predictions, "float64")
        if self.coefficients is None:
            return q
        return _FUNCTIONS[self.parameters](q, *self.coefficients)

    def plcc(self, predictions: ArrayLike, mos: ArrayLike) -> float:
        """Returns PLCC after the fit, negative if the fit falls."""
        return self.direction * plcc(self(predictions), mos)

    def rmse(self, predictions: ArrayLike, mos: ArrayLike) -> float:
        """Returns RMSE after the fit, in MOS units."""
        return rmse(self(predictions), mos)

    def residuals(self, predictions: ArrayLike, mos: ArrayLike) -> np.ndarray:
        """Returns MOS minus fitted predictions, float64 `(n,)`."""
        return np.asarray(mos, "float64") - self(predictions)


def fit_logistic(
    predictions: ArrayLike,
    mos: ArrayLike,
    *,
    parameters: int = 4,
    asymptotes: tuple[float, float] | None = None,
) -> LogisticFit:
    """Returns the logistic with the least squared error.

    Args:
        predictions: One prediction per image, `(n,)`, in any unit.
        mos: One MOS per image, `(n,)`.
        parameters: 4 or 5.
        asymptotes: Lowest and highest value allowed for b1 and b2 of 4 parameters, in
            MOS units; unbounded if `None`. A bounded fit always succeeds: it stops
            after a fixed number of steps, hardly worse than the best.

    Raises:
        ValueError: For other numbers of parameters, or values that do not match.
    """
    if parameters not in PARAMETERS or (asymptotes and parameters != 4):
        raise ValueError(
            f"`parameters` must be one of {PARAMETERS}, and 4 with `asymptotes`. "
            f"Received: parameters={parameters}, asymptotes={asymptotes}"
        )
    q, y = paired(predictions, mos)
    distinct = len(np.unique(q))
    if distinct <= parameters:
        failure = f"{distinct} different predictions, {parameters + 1} are needed"
        return LogisticFit(parameters, None, failure=failure)
    if np.ptp(y) == 0:
        return LogisticFit(parameters, None, failure="all MOS are the same")
    units = (*_center_and_scale(q), *_center_and_scale(y))
    standardized = (q - units[0]) / units[1], (y - units[2]) / units[3]
    bounds = [(end - units[2]) / units[3] for end in asymptotes or ()]
    best = _search(*standardized, parameters, bounds)
    if best is None:
        return LogisticFit(parameters, None, failure="the fit did not converge")
    fit = LogisticFit(parameters, _IN_UNITS[parameters](*best, *units))
    falls = srocc(fit(q), q) < 0
    return dataclasses.replace(fit, direction=-1 if falls else 1)


def _center_and_scale(x: np.ndarray) -> tuple[float, float]:
    center = np.mean(x)
    peak = np.max(np.abs(x - center))  # So that no square overflows.
    return float(center), float(peak * np.std((x - center) / peak))


def _search(
    q: np.ndarray, y: np.ndarray, parameters: int, asymptotes: list[float]
) -> list[float] | None:
    """Returns b1, b2, ... of standardized values, `None` if nothing converges."""

    def residuals(center_and_width: np.ndarray) -> np.ndarray:
        matrix = _COLUMNS[parameters](q, *center_and_width)
        return matrix @ _solved(matrix, y, asymptotes) - y

    def search(start: list[float], *, narrowest: bool = False):
        free = slice(1) if narrowest else slice(2)
        return scipy.optimize.least_squares(
            lambda x: residuals(np.array([*x, *start[len(x) :]])),
            start[free],
            bounds=(lower[free], upper[free]),
            max_nfev=_BOUNDED_EVALUATIONS if asymptotes else _EVALUATIONS,
        )

    def joined(center_and_width: np.ndarray) -> list[float]:
        matrix = _COLUMNS[parameters](q, *center_and_width)
        linear = _solved(matrix, y, asymptotes)
        return _JOINED[parameters](linear, *center_and_width)

    widths = np.log(_WIDTHS)
    lower = np.array([np.min(q) - 5.0, widths[0]])
    upper = np.array([np.max(q) + 5.0, widths[1]])
    enough = 1.001 * _cost_of_line(q, y) + 1e-6 * len(y)
    for center, width in _STARTS:
        result = search([center, np.log(width)])
        if asymptotes or (result.success and result.cost <= enough):
            return joined(result.x)
        # It mostly creeps towards the smallest width without end: try that directly.
        most = min(enough, 1.001 * result.cost)
        result = search([result.x[0], widths[0]], narrowest=True)
        if result.success and result.cost <= most:
            return joined(np.array([result.x[0], widths[0]]))
    return None


def _cost_of_line(q: np.ndarray, y: np.ndarray) -> float:
    """Returns half the squared error of the best straight line of standardized q."""
    return 0.5 * float(np.sum(np.square(y - np.mean(q * y) * q)))


def _solved(matrix: np.ndarray, y: np.ndarray, bounds: list[float]) -> np.ndarray:
    """Returns the linear least-squares coefficients, `(columns,)`."""
    solution = np.linalg.lstsq(matrix, y, rcond=1e-10)[0]
    if bounds and not np.all((bounds[0] <= solution) & (solution <= bounds[1])):
        return scipy.optimize.lsq_linear(matrix, y, bounds, method="bvls").x
    return solution


def _logistic4(q, b1, b2, b3, b4) -> np.ndarray:
    return b2 + (b1 - b2) * scipy.special.expit((q - b3) / b4)


def _logistic5(q, b1, b2, b3, b4, b5) -> np.ndarray:
    return b1 * (scipy.special.expit(b2 * (q - b3)) - 0.5) + b4 * q + b5


def _columns4(q, center, log_width) -> np.ndarray:
    rising = scipy.special.expit((q - center) * np.exp(-log_width))
    return np.stack([rising, 1 - rising], axis=1)


def _columns5(q, center, log_width) -> np.ndarray:
    rising = scipy.special.expit((q - center) * np.exp(-log_width))
    return np.stack([rising - 0.5, q, np.ones_like(q)], axis=1)


def _joined4(linear, center, log_width) -> list[float]:
    return [*linear, center, np.exp(log_width)]


def _joined5(linear, center, log_width) -> list[float]:
    return [linear[0], np.exp(-log_width), center, *linear[1:]]


def _in_units4(b1, b2, b3, b4, q0, dq, y0, dy) -> tuple[float, ...]:
    values = y0 + dy * b1, y0 + dy * b2, q0 + dq * b3, dq * b4
    return tuple(map(float, values))


def _in_units5(b1, b2, b3, b4, b5, q0, dq, y0, dy) -> tuple[float, ...]:
    rate = b4 * dy / dq
    values = dy * b1, b2 / dq, q0 + dq * b3, rate, y0 + dy * b5 - rate * q0
    return tuple(map(float, values))


_FUNCTIONS = {4: _logistic4, 5: _logistic5}
_COLUMNS = {4: _columns4, 5: _columns5}
_JOINED = {4: _joined4, 5: _joined5}
_IN_UNITS = {4: _in_units4, 5: _in_units5}
