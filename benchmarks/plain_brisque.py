"""BRISQUE in plain NumPy and SciPy: slow, obvious, one image at a time.

The tests compare the layer of `tfiqa` with it; `classics.py` compares their speed.
Images are uint8 `(height, width, 3)`.
"""

import numpy as np
from scipy import ndimage
from scipy import special

GAMMA = 0.2 + 0.001 * np.arange(9801)
SHIFTS = ((0, 1), (1, 0), (1, 1), (-1, 1))
# MATLAB's `rgb2gray`, and OpenCV's in steps of 1 / 32768.
UT_GRAY = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
OPENCV_GRAY = np.array([9798, 19235, 3735]) / 32768


def brisque_features(image, variant="ut"):
    """Returns the 36 features of the authors' release, or of OpenCV's module."""
    weights = UT_GRAY if variant == "ut" else OPENCV_GRAY
    gray = np.floor(image @ weights + 0.5)
    if variant == "ut":
        return np.concatenate([scale(gray), scale(halved(gray, UT_HALVING))])
    gray = gray / 255
    return np.concatenate(
        [opencv_scale(gray), opencv_scale(halved(gray, OPENCV_HALVING))]
    )


UT_HALVING = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
OPENCV_HALVING = np.array([-3, 19, 19, -3]) / 32


def scale(gray):
    m = mscn(gray, "constant", 1.0)
    features = [ggd_shape(m), np.mean(m**2)]
    for shift in SHIFTS:
        features += product_features(m * np.roll(m, shift, axis=(0, 1)))
    return features


def opencv_scale(gray):
    m = mscn(gray, "nearest", 1 / 255)
    alpha, left, right = aggd(m)
    features = [alpha, (left**2 + right**2) / 2]
    height, width = m.shape
    padded = np.pad(m, 1)
    for down, across in SHIFTS:
        top, first = 1 + down, 1 + across
        neighbors = padded[top : top + height, first : first + width]
        features += product_features(m * neighbors)
    return features


def mscn(gray, mode, constant):
    steps = np.arange(-3, 4)
    window = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * (7 / 6) ** 2))
    window /= window.sum()
    mean = ndimage.correlate(gray, window, mode=mode)
    square = ndimage.correlate(gray**2, window, mode=mode)
    return (gray - mean) / (np.sqrt(np.abs(square - mean**2)) + constant)


def halved(gray, taps):
    reach = len(taps) // 2 - 1
    for axis in (0, 1):
        length = gray.shape[axis]
        rows = 2 * np.arange((length + 1) // 2)[:, None] + np.arange(len(taps)) - reach
        reflected = rows % (2 * length)
        reflected = np.minimum(reflected, 2 * length - 1 - reflected)
        samples = np.take(gray, reflected, axis=axis)
        gray = np.tensordot(samples, taps, axes=(axis + 1, 0))
    return gray


def ggd_shape(values):
    ratios = np.exp(
        special.gammaln(1 / GAMMA)
        + special.gammaln(3 / GAMMA)
        - 2 * special.gammaln(2 / GAMMA)
    )
    rho = np.mean(values**2) / np.mean(np.abs(values)) ** 2
    return GAMMA[np.argmin(np.abs(rho - ratios))]


def aggd(values):
    ratios = np.exp(
        2 * special.gammaln(2 / GAMMA)
        - special.gammaln(1 / GAMMA)
        - special.gammaln(3 / GAMMA)
    )
    left = np.sqrt(np.mean(values[values < 0] ** 2))
    right = np.sqrt(np.mean(values[values > 0] ** 2))
    t = left / right
    ratio = np.mean(np.abs(values)) ** 2 / np.mean(values**2)
    ratio *= (t**3 + 1) * (t + 1) / (t**2 + 1) ** 2
    return GAMMA[np.argmin(np.abs(ratios - ratio))], left, right


def product_features(values):
    alpha, left, right = aggd(values)
    to_scale = np.sqrt(special.gamma(1 / alpha) / special.gamma(3 / alpha))
    to_mean = special.gamma(2 / alpha) / special.gamma(1 / alpha)
    return [alpha, (right - left) * to_mean * to_scale, left**2, right**2]
