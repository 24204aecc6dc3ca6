"""GM-LOG in plain NumPy and SciPy; see `plain_brisque`."""

import numpy as np
from scipy import ndimage

from benchmarks.plain_brisque import UT_GRAY


def gm_log_features(image):
    """Returns the 40 features: marginals and dependencies of gradient and LoG."""
    gray = np.floor(image @ UT_GRAY + 0.5)
    bell = gaussian(7, 0.5)
    across = bell[1:6, 1:6] - bell[1:6, 2:7]
    down = bell[1:6, 1:6] - bell[2:7, 1:6]
    laplacian = laplacian_of_gaussian(5, 0.5)
    kernels = [k / np.abs(k).sum() for k in (across, down, laplacian)]
    a, b, log = (ndimage.correlate(gray, k, mode="constant") for k in kernels)
    gradient, log = np.hypot(a, b) / 2.5, np.abs(log)
    energy = (gradient**2 + log**2) / 2
    normalizer = np.sqrt(ndimage.correlate(energy, gaussian(7, 1), mode="constant"))
    levels = [
        np.clip(np.ceil(m / (normalizer + 0.2) / 0.2), 1, 10)[2:-2, 2:-2].astype(int)
        for m in (gradient, log)
    ]
    joint, _, _ = np.histogram2d(
        levels[0].ravel(), levels[1].ravel(), bins=np.arange(0.5, 11)
    )
    joint /= joint.sum()
    marginals = joint.sum(axis=1), joint.sum(axis=0)
    gradient_by_log = (joint / (marginals[1] + 1e-4)).sum(axis=1)
    log_by_gradient = (joint / (marginals[0][:, None] + 1e-4)).sum(axis=0)
    dependencies = [
        dependency / dependency.sum()
        for dependency in (gradient_by_log, log_by_gradient)
    ]
    return np.concatenate([*marginals, *dependencies])


def gaussian(size, sigma):
    steps = np.arange(size) - (size - 1) / 2
    window = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * sigma**2))
    return window / window.sum()


def laplacian_of_gaussian(size, sigma):
    steps = np.arange(size) - (size - 1) / 2
    squares = steps[:, None] ** 2 + steps**2
    kernel = gaussian(size, sigma) * (squares - 2 * sigma**2) / sigma**4
    return kernel - kernel.mean()
