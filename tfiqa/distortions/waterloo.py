"""The distortions of the Waterloo Exploration database, for training baselines.

They apply to 8-bit images without any stretch: `distort(..., bank=WATERLOO)`.

Reference:
    Ma et al., "Waterloo Exploration Database: new challenges for image quality
    assessment models", TIP 2017.
"""

import functools

import tensorflow as tf

from tfiqa.distortions import compression
from tfiqa.distortions import noise
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel


def gaussian_blur(planes: tf.Tensor, side: int, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by a Gaussian whose side in pixels is six standard deviations."""
    del seed  # Nothing is random here.
    kernel = gaussian_kernel(side / 6.0, side=side)
    return filter_separably(planes, kernel, symmetric=True)


def jpeg2000(planes: tf.Tensor, bits: float, seed: tf.Tensor) -> tf.Tensor:
    """Compresses by JPEG 2000 to a number of bits per pixel."""
    return compression.jpeg2000(planes, 24.0 / bits, seed)


_row = functools.partial(Distortion, stretched=False)

WATERLOO: dict[str, Distortion] = {
    "gaussian_blur": _row(gaussian_blur, (7, 15, 39, 91, 199), number=1, group="blur"),
    "white_noise": _row(
        noise.white_noise,
        (2**-10, 2**-7.5, 2**-5.5, 2**-3.5, 1.0),
        number=2,
        group="noise",
        random=True,
    ),
    "jpeg": _row(compression.jpeg, (43, 12, 7, 4, 0), number=3, group="compression"),
    "jpeg2000": _row(
        jpeg2000,
        (0.46, 0.16, 0.07, 0.04, 0.02),
        number=4,
        group="compression",
        tensors=False,
    ),
}
