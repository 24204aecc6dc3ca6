"""Every level of the types without chance, against their definition in float64.

The definition is written down here a second time, plainly: pixel by pixel or by
SciPy, after the text of the published generator.
"""

import colorsys
import math

import numpy as np
import pytest
import scipy.interpolate
import scipy.ndimage
import tensorflow as tf

from tfiqa.distortions import color
from tfiqa.distortions import distort

MATRIX = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
GRAY = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
KNEE = 6 / 29
DIRECTION = (0.3, 0.9)  # In place of the random one of a color shift.


def stretched(pixels):
    low, high = pixels.min(), pixels.max()
    return (pixels - low) / (high - low)


def correlated(pixels, kernel):
    kernel = kernel if pixels.ndim == 2 else kernel[:, :, None]
    return scipy.ndimage.correlate(pixels, kernel, mode="nearest")


def gaussian(sigma, side=None):
    side = side or 2 * math.ceil(2 * sigma) + 1
    positions = np.arange(side) - side // 2
    kernel = np.exp(-(positions[:, None] ** 2 + positions**2) / (2 * sigma**2))
    kernel[kernel < np.finfo(float).eps * kernel.max()] = 0
    return kernel / kernel.sum()


def disk(radius):
    """Returns what share of each pixel lies in a circle, summed over fine columns."""
    positions = np.arange(-radius, radius + 1)
    fine = (np.arange(4000) + 0.5) / 4000 - 0.5
    columns = positions[:, None] + fine
    half = np.sqrt(np.maximum(radius**2 - columns**2, 0))
    below, above = positions - 0.5, positions + 0.5
    reach = np.clip(half[..., None], below, above) - np.clip(
        -half[..., None], below, above
    )
    cover = reach.mean(axis=1)
    return cover / cover.sum()


def to_lab(rgb):
    light = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    light = light @ MATRIX.T / WHITE
    bent = np.where(light > KNEE**3, np.cbrt(light), light / (3 * KNEE**2) + 4 / 29)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def from_lab(lab):
    y = (lab[..., 0] + 16) / 116
    bent = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    light = np.where(bent > KNEE, bent**3, 3 * KNEE**2 * (bent - 4 / 29)) * WHITE
    light = light @ np.linalg.inv(MATRIX).T
    root = np.maximum(light, 1e-12) ** (1 / 2.4)
    rgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * root - 0.055)
    return np.clip(rgb, 0, 1)


def curve(values, middle):
    return np.clip((2 - 4 * middle) * values**2 + (4 * middle - 1) * values, 0, 1)


def color_diffusion(rgb, amount):
    lab, kernel = to_lab(rgb), gaussian(1.5 * amount + 2)
    lab[..., 1:] = correlated(lab[..., 1:], kernel) * amount
    return from_lab(lab)


def color_shift(rgb, amount):
    down, right = np.gradient(rgb @ GRAY)
    edges = stretched(correlated(np.hypot(down, right), gaussian(4)))
    edges = stretched(np.maximum(edges, 0.1))
    rank = int(0.99 * edges.size + 0.5) - 1
    high = np.sort(edges, axis=None)[rank]
    low = 1 - np.sort(1 - edges, axis=None)[rank]
    edges = stretched(np.clip(edges, low, high))
    steps = np.array(DIRECTION) / np.hypot(*DIRECTION) * amount
    steps = np.floor(steps + 0.5).astype(int)
    rows, columns = (
        np.maximum(np.arange(side) - step, 0)
        for side, step in zip(edges.shape, steps, strict=True)
    )
    moved = rgb.copy()
    green = rgb[..., 1]
    moved[..., 1] = edges * green[np.ix_(rows, columns)] + (1 - edges) * green
    return moved


def saturation_hsv(rgb, factor):
    result = []
    for pixel in rgb.reshape(-1, 3):
        hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
        sectors = [(k + 6 * hue) % 6 for k in (5, 3, 1)]
        shares = [max(0, min(sector, 4 - sector, 1)) for sector in sectors]
        result.append([value * (1 - factor * saturation * s) for s in shares])
    return np.reshape(result, rgb.shape)


def brighten(rgb, amount):
    middle = 0.5 + amount / 2
    lab = to_lab(rgb)
    lab[..., 0] = 100 * curve(lab[..., 0] / 100, middle)
    return (2 * curve(rgb, middle) + from_lab(lab)) / 3


def pixelate(rgb, strength):
    scale = 0.95 - strength**0.6
    for axis in (0, 1):
        size = rgb.shape[axis]
        small = math.ceil(scale * size)
        for count, ratio in ((small, scale), (size, size / small)):
            positions = np.arange(1, count + 1) / ratio + 0.5 * (1 - 1 / ratio)
            nearest = np.floor(positions + 0.5).astype(int)
            rgb = rgb.take(np.clip(nearest, 1, rgb.shape[axis]) - 1, axis)
    return rgb


def sharpen(rgb, amount):
    lab = to_lab(rgb)
    lab[..., 0] += amount * (lab[..., 0] - correlated(lab[..., 0], gaussian(3, 13)))
    return from_lab(lab)


def contrast(rgb, amount):
    heights = [0, 0.25 - amount / 4, 0.5, 0.75 + amount / 4, 1]
    spline = scipy.interpolate.CubicSpline([0, 0.3, 0.5, 0.7, 1], heights)
    return np.clip(spline(rgb), 0, 1)


DEFINITIONS = {
    "gaussian_blur": (lambda x, p: correlated(x, gaussian(p)), (0.1, 0.5, 1, 2, 5)),
    "lens_blur": (lambda x, p: correlated(x, disk(p)), (1, 2, 4, 6, 8)),
    "color_diffusion": (color_diffusion, (1, 3, 6, 8, 12)),
    "color_shift": (color_shift, (1, 3, 6, 8, 12)),
    "saturation_hsv": (saturation_hsv, (0.4, 0.2, 0.1, 0, -0.4)),
    "saturation_lab": (lambda x, p: from_lab(to_lab(x) * [1, p, p]), (1, 2, 3, 6, 9)),
    "brighten": (brighten, (0.1, 0.2, 0.4, 0.7, 1.1)),
    "darken": (lambda x, p: curve(x, 0.5 - p / 2), (0.05, 0.1, 0.2, 0.4, 0.8)),
    "mean_shift": (lambda x, p: np.clip(x + p, 0, 1), (0.15, 0.08, 0, -0.08, -0.15)),
    "pixelate": (pixelate, (0.01, 0.05, 0.1, 0.2, 0.5)),
    "sharpen": (sharpen, (1, 2, 3, 6, 12)),
    "contrast": (contrast, (0.3, 0.15, 0, -0.4, -0.6)),
}


# The largest error in [0, 1], of float32; powers of Lab make it larger.
TOLERANCES = {"color_diffusion": 2e-5, "saturation_lab": 1e-4, "sharpen": 2e-5}


@pytest.mark.parametrize("sides", [(61, 47), (16, 84)])
@pytest.mark.parametrize("name", DEFINITIONS)
def test_equals_the_definition(make_image, monkeypatch, name, sides):
    def fixed_uniforms(keys, count):
        return tf.constant([DIRECTION])

    monkeypatch.setattr(color.threefry, "uniforms", fixed_uniforms)
    image = make_image(*sides)
    pristine = stretched(image.astype(float))
    define, strengths = DEFINITIONS[name]
    distorted = distort(image[None].repeat(5, 0), name, [1, 2, 3, 4, 5], (0, 0)) / 255
    for strength, found in zip(strengths, distorted.numpy(), strict=True):
        expected = stretched(define(pristine, strength))
        tolerance = TOLERANCES.get(name, 3e-6)
        np.testing.assert_allclose(found, expected, atol=tolerance, err_msg=strength)
