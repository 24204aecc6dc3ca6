"""Statistics of images whose values for photographs are known.

Images are uint8 `(height, width, 3)`; all measures are taken on their luma. Natural
images have a power spectrum near `1 / f**2` and heavy-tailed derivatives (Ruderman,
"The Statistics of Natural Images", 1994; Lee, Mumford and Huang, 2001), and locally
normalized values of a known law (Mittal, Soundararajan and Bovik, "Making a
'Completely Blind' Image Quality Analyzer", 2013).
"""

import functools

import numpy as np
import scipy.ndimage
import scipy.special

from tfiqa.pixels.luma import BT601

# Range for the fit of the slope, in shares of the Nyquist frequency: above the few
# lowest frequencies, below those that demosaicking and compression change.
_FIT = (0.06, 0.7)

# As in NIQE: the window of the local normalization, and the candidate shapes.
_WINDOW_SIGMA = 7 / 6
_SHAPES = np.arange(0.2, 10.0, 0.001)
_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))


def spectrum_slope(image: np.ndarray) -> float:
    """Returns `s` of the power spectrum `1 / f**s`; about 2 for photographs.

    Power is averaged over directions under a Hann window, and the line is fitted to
    its logarithm at logarithmically spaced frequencies.
    """
    gray = luma(image)
    side = min(gray.shape)
    square = gray[:side, :side]
    window = np.hanning(side + 2)[1:-1]
    window = window[:, None] * window
    centered = (square - (square * window).sum() / window.sum()) * window
    power = np.abs(np.fft.rfft2(centered)) ** 2
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side))
    edges = np.geomspace(_FIT[0] / 2, _FIT[1] / 2, 13)
    bin_index = np.digitize(frequency, edges).reshape(-1)
    total = np.bincount(bin_index, power.reshape(-1), 14)[1:13]
    center = np.bincount(bin_index, frequency.reshape(-1), 14)[1:13]
    count = np.bincount(bin_index, minlength=14)[1:13]
    is_filled = count > 0
    mean = np.maximum(total[is_filled] / count[is_filled], np.finfo(float).tiny)
    return -float(
        np.polyfit(np.log(center[is_filled] / count[is_filled]), np.log(mean), 1)[0]
    )


def derivative_kurtosis(image: np.ndarray) -> float:
    """Returns the kurtosis of differences of neighbors; 3 is Gaussian.

    Horizontal and vertical differences together. NaN for a constant image.
    """
    gray = luma(image)
    squares = np.concatenate([np.diff(gray, axis=k).reshape(-1) for k in (0, 1)]) ** 2
    mean = squares.mean()
    return float((squares**2).mean() / mean**2) if mean > 0 else float("nan")


def natural_features(image: np.ndarray) -> np.ndarray:
    """Returns the 36 features of NIQE of an image, float64 `(36,)`.

    Shape and width of the distribution of locally normalized luma, and shape, mean and
    both widths of the distributions of its products with four neighbors, at two scales.
    """
    gray = luma(image)
    halves = gray[: gray.shape[0] // 2 * 2, : gray.shape[1] // 2 * 2]
    halves = halves.reshape(halves.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3))
    return np.concatenate([_normalized_features(scale) for scale in (gray, halves)])


def feature_distance(features: np.ndarray, references: np.ndarray) -> float:
    """Returns NIQE's distance between the Gaussians of two sets of features.

    Args:
        features: `(count, dimensions)`.
        references: `(count, dimensions)`.
    """
    difference = features.mean(axis=0) - references.mean(axis=0)
    covariance = np.cov(features.T) + np.cov(references.T)
    return float(np.sqrt(difference @ np.linalg.pinv(covariance / 2) @ difference))


def luma(image: np.ndarray) -> np.ndarray:
    """Returns the luma of an image, float64 `(height, width)`, `[0, 255]`."""
    return image @ np.array(BT601)


def _normalized_features(gray: np.ndarray) -> np.ndarray:
    mean = scipy.ndimage.gaussian_filter(gray, _WINDOW_SIGMA, radius=3)
    square = scipy.ndimage.gaussian_filter(gray * gray, _WINDOW_SIGMA, radius=3)
    normalized = (gray - mean) / (np.sqrt(np.abs(square - mean * mean)) + 1.0)
    shape, left, right = _asymmetric_law(normalized)
    features = [shape, (left + right) / 2]
    for shift in _SHIFTS:
        products = normalized * np.roll(normalized, shift, (0, 1))
        shape, left, right = _asymmetric_law(products)
        ratio = scipy.special.gammaln([2 / shape, 1 / shape]) @ [1.0, -1.0]
        features += [shape, (right - left) * np.exp(ratio), left, right]
    return np.array(features)


def _asymmetric_law(values: np.ndarray) -> tuple[float, float, float]:
    """Returns shape and both widths of an asymmetric generalized Gaussian."""
    squares = values * values
    left, right = _rms(values[values < 0]), _rms(values[values > 0])
    ratio = left / right
    ratio_of_moments = np.abs(values).mean() ** 2 / max(squares.mean(), 1e-24)
    target = ratio_of_moments * (ratio**3 + 1) * (ratio + 1) / (ratio**2 + 1) ** 2
    shape = _SHAPES[np.abs(_shape_ratios() - target).argmin()]
    width = np.exp(scipy.special.gammaln([1 / shape, 3 / shape]) @ [0.5, -0.5])
    return float(shape), float(left * width), float(right * width)


@functools.cache
def _shape_ratios() -> np.ndarray:
    """Returns `Gamma(2/g)**2 / (Gamma(1/g) Gamma(3/g))` of all shapes `g`."""
    logs = scipy.special.gammaln(np.outer([1.0, 2.0, 3.0], 1 / _SHAPES))
    return np.exp(2 * logs[1] - logs[0] - logs[2])


def _rms(values: np.ndarray) -> float:
    """Returns the root mean square, or a tiny number for an empty array."""
    return float(np.sqrt((values * values).mean())) if values.size else 1e-12
