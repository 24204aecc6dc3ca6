"""Color spaces of planes `(batch, 3, height, width)`, RGB in `[0, 1]`.

CIE Lab is linear in the three responses `f(X / Xn)`, `f(Y / Yn)`, `f(Z / Zn)`, where
`f` is the cube root, made linear near zero:

    L = 116 fy - 16        a = 500 (fx - fy)        b = 200 (fy - fz)

Distortions in Lab work on these responses: scaling `a` and `b` scales the differences
to `fy`, and changing `L` shifts all three.

References:
    IEC 61966-2-1, 1999 (sRGB); CIE 15, 2004 (Lab, white D65).
    ITU-R BT.601 (YCbCr, 16 to 235 and 240).
"""

import numpy as np
import tensorflow as tf

from tfiqa.distortions.filters import dimensions
from tfiqa.pixels import luma

XYZ_OF_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
GRAY_OF_RGB = np.array([luma.MATLAB])
YCBCR_OF_RGB = np.array(
    [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]
)
YCBCR_OFFSET = np.array([16.0, 128.0, 128.0])

KNEE = 6.0 / 29.0  # Response below which `f` is linear.
SRGB_KNEE = 0.04045
SRGB_SCALE = 12.92


def to_responses(*rgb: tf.Tensor) -> list[tf.Tensor]:
    """Returns the responses `fx, fy, fz` of Lab, 0.138 (black) to 1 (white).

    This function and `from_responses` are used in kernels of `on_pixels`.
    """
    light = _combined(_to_light(tf.stack(rgb)), XYZ_OF_RGB / WHITE[:, None])
    return tf.unstack(_response(light))


def from_responses(*responses: tf.Tensor) -> list[tf.Tensor]:
    """Returns RGB of the responses of Lab, clipped to `[0, 1]`."""
    light = _light_of_response(tf.stack(responses))
    light = _combined(light, np.linalg.inv(XYZ_OF_RGB) * WHITE)
    return tf.unstack(_from_light(tf.clip_by_value(light, 0.0, 1.0)))


def _combined(channels: tf.Tensor, matrix: np.ndarray) -> tf.Tensor:
    """Returns linear combinations of channels `(3, ...)`, one for each matrix row.

    XLA does not fuse a product of matrices. A sum of channels would be fused with what
    comes before, and that be computed once more for each combination.
    """
    flat = tf.reshape(channels, (3, -1))
    mixed = tf.matmul(tf.constant(matrix, tf.float32), flat)
    return tf.reshape(mixed, dimensions(channels))


def to_gray(planes: tf.Tensor) -> tf.Tensor:
    """Returns the luma of MATLAB's `rgb2gray`, `(batch, 1, height, width)`."""
    return mix(planes, GRAY_OF_RGB)


def to_ycbcr(planes: tf.Tensor) -> tf.Tensor:
    """Returns YCbCr in its studio range: Y 16 to 235, Cb and Cr 16 to 240, over 255."""
    offset = tf.constant(YCBCR_OFFSET[:, None, None] / 255.0, tf.float32)
    return mix(planes, YCBCR_OF_RGB / 255.0) + offset


def from_ycbcr(planes: tf.Tensor) -> tf.Tensor:
    """Returns RGB of YCbCr in its studio range, clipped to `[0, 1]`."""
    offset = tf.constant(YCBCR_OFFSET[:, None, None] / 255.0, tf.float32)
    mixed = mix(planes - offset, np.linalg.inv(YCBCR_OF_RGB) * 255.0)
    return tf.clip_by_value(mixed, 0.0, 1.0)


def mix(planes: tf.Tensor, matrix: np.ndarray | list[list[float]]) -> tf.Tensor:
    """Returns linear combinations of planes, one for each row of a matrix."""
    batch, channels, height, width = dimensions(planes)
    flat = tf.reshape(planes, (batch, channels, height * width))
    mixed = tf.matmul(tf.constant(matrix, tf.float32), flat)
    return tf.reshape(mixed, (batch, len(matrix), height, width))


def _response(light: tf.Tensor) -> tf.Tensor:
    # Each branch is constant where the other one applies.
    linear = tf.minimum(light, KNEE**3) * (1.0 / (3.0 * KNEE**2)) + 4.0 / 29.0
    curved = tf.maximum(light, KNEE**3)
    square = tf.square(_inverse_root(curved, 3))
    root = curved * square
    # A step of Newton's method: distortions multiply errors by up to 9.
    root += (curved - root * root * root) * square * (1.0 / 3.0)
    return linear + (root - KNEE)


def _light_of_response(response: tf.Tensor) -> tf.Tensor:
    curved = tf.maximum(response, KNEE)
    linear = tf.minimum(response, KNEE) * (3.0 * KNEE**2)
    offset = KNEE**3 + 3.0 * KNEE**2 * 4.0 / 29.0
    return curved * curved * curved + (linear - offset)


def _to_light(values: tf.Tensor) -> tf.Tensor:
    linear = tf.minimum(values, SRGB_KNEE) * (1.0 / SRGB_SCALE)
    curved = tf.maximum(values, SRGB_KNEE) * (1.0 / 1.055) + 0.055 / 1.055
    product = curved * _inverse_root(curved, 5)  # The power 0.8 of the values.
    return linear + (product * product * product - SRGB_KNEE / SRGB_SCALE)


def _from_light(light: tf.Tensor) -> tf.Tensor:
    knee = SRGB_KNEE / SRGB_SCALE
    linear = tf.minimum(light, knee) * SRGB_SCALE
    bright = tf.maximum(light, knee)
    # 1 / 2.4 is (1 - 1 / 6) / 2.
    curved = tf.sqrt(bright * tf.sqrt(_inverse_root(bright, 3))) * 1.055
    return linear + (curved - (0.055 + SRGB_KNEE))


def _inverse_root(values: tf.Tensor, degree: int) -> tf.Tensor:
    """Returns `values**(-1 / degree)` of positive values, within 3e-7 of it.

    The bits of a number are about linear in its logarithm, so that a linear function of
    them is within 4 % of the result. Each step of Householder's method cubes the error.
    With multiplications alone, this takes half the time of a logarithm and an exponent.
    """
    bits = tf.cast(tf.bitcast(values, tf.int32), tf.float32)
    start = (1.0 + 1.0 / degree) * (127.0 - 0.045) * 2.0**23
    root = tf.bitcast(tf.cast(start - bits * (1.0 / degree), tf.int32), tf.float32)
    for _ in range(2):
        power = root
        for _ in range(degree - 1):
            power *= root
        rest = 1.0 - values * power
        steepness = 0.5 * (1.0 + degree) / degree**2
        root += root * rest * (steepness * rest + 1.0 / degree)
    return root
