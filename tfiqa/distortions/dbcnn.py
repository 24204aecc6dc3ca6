"""The distortions on which DB-CNN's network for distortions was trained.

They are those of Waterloo and five more, on 8-bit images without any stretch:
`distort(..., bank=DBCNN)`. `CLASSES` are the 39 types and levels that it distinguishes.

Reference:
    Zhang et al., "Blind image quality assessment using a deep bilinear convolutional
    neural network", IEEE TCSVT 2020, section III-A, and the authors' generator.
"""

import functools

import numpy as np
import tensorflow as tf

from tfiqa.distortions import brightness
from tfiqa.distortions import color
from tfiqa.distortions import threefry
from tfiqa.distortions.bank import LEVELS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.frame import to_bytes
from tfiqa.distortions.host import map_images
from tfiqa.distortions.waterloo import WATERLOO

SIDE = 512  # Side of the field of pink noise, which is resized to fit an image.
SATURATED = 0.01  # Share of the samples that saturates at each end.


def contrast(planes: tf.Tensor, span: float, seed: tf.Tensor) -> tf.Tensor:
    """Stretches each channel, then compresses it to `span` of the range, around 1/2."""
    del seed  # Nothing is random here.
    return map_images(lambda image: compressed(image, span), planes)


def pink_noise(planes: tf.Tensor, weight: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds noise whose amplitude falls with the frequency, and rounds down.

    The largest value of each channel is `weight`.
    """
    _, _, height, width = dimensions(planes)
    spectrum = tf.signal.fft2d(
        tf.cast(threefry.normal_fields(seed, (3, SIDE, SIDE)), tf.complex64)
    )
    field = tf.math.real(tf.signal.ifft2d(spectrum * tf.constant(_amplitudes())))
    field /= tf.reduce_max(tf.abs(field), axis=(2, 3), keepdims=True)
    field = tf.image.resize(
        tf.transpose(field, (0, 2, 3, 1)), (height, width), "bicubic", antialias=True
    )
    noise = tf.transpose(field, (0, 3, 1, 2)) * (255.0 * weight)
    levels = tf.floor(to_bytes(planes) + noise)
    return tf.clip_by_value(levels, 0.0, 255.0) * (1.0 / 255.0)


def compressed(image: np.ndarray, span: float) -> np.ndarray:
    """Returns an image, uint8 `(height, width, 3)`, of lower contrast.

    As MATLAB's `imadjust` with the limits of `stretchlim`.
    """
    tables = [_table(channel, span) for channel in np.moveaxis(image, 2, 0)]
    channels = zip(tables, np.moveaxis(image, 2, 0), strict=True)
    return np.stack([table[channel] for table, channel in channels], axis=2)


def _table(channel: np.ndarray, span: float) -> np.ndarray:
    """Returns the new level of each of the 256 levels of a channel."""
    shares = np.cumsum(np.bincount(channel.ravel(), minlength=256)) / channel.size
    low = int(np.argmax(shares > SATURATED))
    high = int(np.argmax(shares >= 1.0 - SATURATED))
    if low == high:
        low, high = 0, 255
    place = np.clip((np.arange(256) - low) / (high - low), 0.0, 1.0)
    return np.floor(255.0 * (0.5 + span * (place - 0.5)) + 0.5).astype(np.uint8)


@functools.cache
def _amplitudes() -> np.ndarray:
    """Returns one over each frequency, `(SIDE, SIDE)`, and 0 for the mean."""
    frequencies = np.fft.fftfreq(SIDE, 1 / SIDE)
    lengths = np.hypot(frequencies[:, None], frequencies)
    lengths[0, 0] = np.inf
    return (1.0 / lengths).astype(np.complex64)


_row = functools.partial(Distortion, stretched=False)

DBCNN: dict[str, Distortion] = {
    **WATERLOO,
    "contrast": _row(
        contrast, (0.6, 0.4, 0.2, 0.1, 0.02), number=5, group="contrast", tensors=False
    ),
    "pink_noise": _row(
        pink_noise,
        (0.3, 0.7, 1.2, 2.0, 4.0),
        number=6,
        group="noise",
        random=True,
    ),
    "dither": _row(
        color.color_quantization,
        (64, 32, 16, 8, 4),
        number=7,
        group="color",
        tensors=False,
    ),
    "overexposure": _row(
        brightness.mean_shift,
        (0.15, 0.3, 0.45, 0.6, 0.75),
        number=8,
        group="brightness",
    ),
    "underexposure": _row(
        brightness.mean_shift,
        (-0.15, -0.3, -0.45, -0.6, -0.75),
        number=9,
        group="brightness",
    ),
}

# The authors' numbers of the types, which their folders are named after.
FOLDERS = {
    **{name: row.number for name, row in DBCNN.items()},
    **{"dither": 10, "overexposure": 11, "underexposure": 12},
}
# Levels of exposure that they use; those of the other types are all used.
_EXPOSURE = (3, 5)


def _classes() -> tuple[tuple[str, int], ...]:
    """Returns type and level of each class, in alphabetical order of the folders."""
    folders = {
        f"{number}-{level}": (name, level)
        for name, number in FOLDERS.items()
        for level in (_EXPOSURE if name.endswith("exposure") else range(1, LEVELS + 1))
    }
    return tuple(folders[name] for name in sorted(folders))


CLASSES = _classes()
