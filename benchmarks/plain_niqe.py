"""NIQE and IL-NIQE in plain NumPy and SciPy: slow, obvious, one image at a time.

The tests compare the layers of `tfiqa` with it; `niqe.py` compares their speed. Images
are uint8 `(height, width, 3)`.
"""

import numpy as np
from scipy import ndimage
from scipy import optimize
from scipy import signal
from scipy import special

GAMMA = 0.2 + 0.001 * np.arange(9801)
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))


def gaussian(size, sigma):
    offsets = np.arange(size) - (size - 1) / 2
    window = np.exp(-(offsets[:, None] ** 2 + offsets**2) / (2 * sigma**2))
    return window / window.sum()


def mscn(image, window):
    mean = ndimage.correlate(image, window, mode="nearest")
    square = ndimage.correlate(image**2, window, mode="nearest")
    deviation = np.sqrt(np.abs(square - mean**2))
    return (image - mean) / (deviation + 1), deviation


def aggd(sample):
    ratios = np.exp(
        2 * special.gammaln(2 / GAMMA)
        - special.gammaln(1 / GAMMA)
        - special.gammaln(3 / GAMMA)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.sqrt(np.sum(sample[sample < 0] ** 2) / np.sum(sample < 0))
        right = np.sqrt(np.sum(sample[sample > 0] ** 2) / np.sum(sample > 0))
        t = left / right
        ratio = np.mean(np.abs(sample)) ** 2 / np.mean(sample**2)
        ratio *= (t**3 + 1) * (t + 1) / (t**2 + 1) ** 2
    index = 0 if np.isnan(ratio) else np.argmin((ratios - ratio) ** 2)
    alpha = GAMMA[index]
    to_beta = np.sqrt(special.gamma(1 / alpha) / special.gamma(3 / alpha))
    return alpha, left * to_beta, right * to_beta


def block_features(block):
    alpha, left, right = aggd(block)
    features = [alpha, (left + right) / 2]
    for shift in SHIFTS:
        alpha, left, right = aggd(block * np.roll(block, shift, axis=(0, 1)))
        mean = (right - left) * special.gamma(2 / alpha) / special.gamma(1 / alpha)
        features += [alpha, mean, left, right]
    return features


def blocks(image, size):
    for top in range(0, image.shape[0] - size + 1, size):
        for left in range(0, image.shape[1] - size + 1, size):
            yield image[top : top + size, left : left + size]


def cubic(x):
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x <= 2, far, 0))


def resize_rows(image, target):
    length, scale = image.shape[0], target / image.shape[0]
    shrink = min(scale, 1)
    width = 4 / shrink
    result = np.zeros((target, *image.shape[1:]))
    for row in range(target):
        center = (row + 1) / scale + 0.5 * (1 - 1 / scale)
        taps = np.floor(center - width / 2) + np.arange(np.ceil(width) + 2)
        weights = shrink * cubic(shrink * (center - taps))
        reflected = (taps.astype(int) - 1) % (2 * length)
        reflected = np.where(reflected < length, reflected, 2 * length - 1 - reflected)
        result[row] = np.tensordot(weights / weights.sum(), image[reflected], 1)
    return result


def resize(image, height, width, *, rounded=False):
    across = height / image.shape[0] > width / image.shape[1]
    for axis in (1, 0) if across else (0, 1):
        swapped = resize_rows(np.swapaxes(image, 0, axis), (height, width)[axis])
        image = np.swapaxes(swapped, 0, axis)
        if rounded:
            image = np.clip(np.floor(image + 0.5), 0, 255)
    return image


def gray(image):
    weights = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
    return np.floor(image.astype(float) @ weights + 0.5)


def niqe_features(image, size=96):
    """Returns the features `(blocks, 36)` and the sharpness `(blocks,)`."""
    image = gray(image)
    height, width = (side // size * size for side in image.shape)
    image = image[:height, :width]
    window = gaussian(7, 7 / 6)
    fine, deviation = mscn(image, window)
    coarse, _ = mscn(resize(image, height // 2, width // 2), window)
    features = [
        block_features(first) + block_features(second)
        for first, second in zip(
            blocks(fine, size), blocks(coarse, size // 2), strict=True
        )
    ]
    return np.array(features), np.array([b.mean() for b in blocks(deviation, size)])


def niqe_distance(features, mean, covariance):
    """Returns the distance of the features of one image to the pristine ones."""
    difference = mean - np.nanmean(features, axis=0)
    complete = features[~np.isnan(features).any(axis=1)]
    spread = np.cov(complete.T) if len(complete) > 1 else np.zeros_like(covariance)
    inverse = np.linalg.pinv((covariance + spread) / 2)
    return float(np.sqrt(difference @ inverse @ difference))


def log_gabor(size, scale):
    """Returns the 12 filters `(12, size, size)`; `size` is even."""
    steps = np.arange(-size // 2, size // 2) / size
    radius = np.fft.ifftshift(np.hypot(steps[:, None], steps))
    theta = np.fft.ifftshift(np.arctan2(-steps[:, None], steps))
    radius[0, 0] = 1
    filters = []
    for octave in range(3):
        frequency = 1 / (2.4 / scale**0.87 * 1.31**octave)
        radial = np.exp(-(np.log(radius / frequency) ** 2) / (2 * np.log(0.55) ** 2))
        radial[0, 0] = 0
        for orientation in range(4):
            angle = theta - orientation * np.pi / 4
            angle = np.abs(np.arctan2(np.sin(angle), np.cos(angle)))
            spread = np.exp(-(angle**2) / (2 * (np.pi / 4 / 1.10) ** 2))
            filters.append(radial * spread)
    return np.array(filters)


def gradient(image, sigma):
    half = int(np.ceil(3 * sigma))
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    bell = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    dx, dy = (signal.convolve2d(image, kernel * bell, "same") for kernel in (x, y))
    return dx, dy


def weibull(sample):
    logs = np.log(sample)
    peak, spread = logs.max(), logs.std()
    if spread == 0:
        return [float(sample.flat[0]), np.inf]
    z = logs - peak

    def derivative(s):
        weights = np.exp(z / s)
        return s - np.sum(z * weights) / np.sum(weights) + z.mean()

    guess = np.sqrt(6) * spread / np.pi
    s = optimize.brentq(derivative, guess / 100, guess * 100, xtol=1e-15, rtol=1e-14)
    return [float(np.exp(peak + s * np.log(np.mean(np.exp(z / s))))), 1 / s]


def _scale_maps(opponents, colors, scale):
    sigma = 1.66 / scale**0.28
    maps = [mscn(opponents[2], gaussian(5, 5 / 6))[0]]
    gradients = [gradient(plane, sigma) for plane in opponents]
    epsilon = np.finfo(float).eps
    maps += [np.hypot(dx, dy) + epsilon for dx, dy in gradients]
    red, green, blue = (c - c.mean() for c in np.log(colors + 1e-5))
    maps += [(red + green + blue) / 3**0.5, (red + green - 2 * blue) / 6**0.5]
    maps += [(red - green) / 2**0.5, *(plane for pair in gradients for plane in pair)]
    spectrum = np.fft.fft2(opponents[2])
    responses = np.fft.ifft2(log_gabor(opponents.shape[1], scale) * spectrum)
    parts = [part for r in responses for part in (r.real, r.imag)]
    part_gradients = [gradient(part, sigma) for part in parts]
    maps += [*parts, *(plane for pair in part_gradients for plane in pair)]
    return maps + [np.hypot(dx, dy) + epsilon for dx, dy in part_gradients]


def _map_features(channel, block):
    if channel == 0:
        return block_features(block)
    if channel in (1, 2, 3) or channel > 84:
        return weibull(block)
    if channel in (4, 5, 6):
        return [block.mean(), block.var(ddof=1)]
    alpha, left, right = aggd(block)
    return [alpha, (left + right) / 2]


def ilniqe_features(image):
    """Returns the features `(36, 468)` and the sharpness `(36,)`."""
    image = resize(image.astype(float), 524, 524, rounded=True)[:504, :504]
    colors = np.moveaxis(image, 2, 0)
    mix = [[0.3, 0.04, -0.35], [0.34, -0.6, 0.17], [0.06, 0.63, 0.27]]
    opponents = np.tensordot(np.array(mix), colors, 1)
    deviation = mscn(opponents[2], gaussian(5, 5 / 6))[1]
    features = []
    for scale in (1, 2):
        maps = _scale_maps(opponents, colors, scale)
        blocks_by_map = [list(blocks(plane, 84 // scale)) for plane in maps]
        features.append(
            [
                np.concatenate([_map_features(c, b) for c, b in enumerate(row)])
                for row in zip(*blocks_by_map, strict=True)
            ]
        )
        # The window of an even kernel reaches further to the right.
        opponents, colors = (
            np.stack(
                [
                    ndimage.correlate(p, gaussian(6, 0.9), mode="nearest", origin=-1)
                    for p in planes
                ]
            )[:, ::2, ::2]
            for planes in (opponents, colors)
        )
    features = np.concatenate(features, axis=1)
    features[np.isposinf(features)] = 10000
    return features, np.array([b.mean() for b in blocks(deviation, 84)])


def ilniqe_distance(features, center, projection, mean, covariance):
    """Returns the mean distance of the blocks of one image to the pristine ones."""
    projected = (features - center) @ projection
    complete = projected[~np.isnan(projected).any(axis=1)]
    projected = np.where(np.isnan(projected), complete.mean(axis=0), projected)
    spread = np.cov(complete.T) if len(complete) > 1 else np.zeros_like(covariance)
    inverse = np.linalg.pinv((covariance + spread) / 2)
    differences = projected - mean
    return float(np.mean(np.sqrt(np.sum(differences @ inverse * differences, axis=1))))
