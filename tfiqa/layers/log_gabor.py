"""The log-Gabor filters of IL-NIQE (Zhang et al., TIP 2015), as spectra."""

import math

import numpy as np
from keras import ops

OCTAVES = 3
TURNS = 4
WAVELENGTH = 2.4
STEP = 1.31
BANDWIDTH = 0.55
ANGULAR = math.pi / TURNS / 1.10
ABSENT = 1000.0  # A logarithm of a radius so far away that all filters are zero there.


def log_gabor(side, scale, dtype):
    """Returns the radial and the angular parts of the filters for square images.

    The filter of an octave and a turn is the product of its two parts; its response
    is the inverse Fourier transform of its product with the image's spectrum. Half
    of the spectrum is nearly suppressed, so responses are complex, their real part
    even and their imaginary part odd.

    Args:
        side: Side of the image in pixels, even.
        scale: Number of the scale, 1 or 2; coarser scales have shorter waves.
        dtype: Dtype of the results.

    Returns:
        Radial parts `(3, side, side)`, zero at frequency 0, and angular parts
        `(4, side, side)`, with frequency 0 in the corner.
    """
    steps = np.fft.fftfreq(side)
    radius = np.hypot(steps[:, None], steps)
    radius[0, 0] = 1.0
    logarithm = np.log(radius)
    logarithm[0, 0] = ABSENT
    # Negative zeros would turn angles around.
    angle = np.arctan2(0.0 - steps[:, None], steps)
    logarithm, angle = (ops.convert_to_tensor(m, dtype) for m in (logarithm, angle))
    wavelengths = [WAVELENGTH / scale**0.87 * STEP**octave for octave in range(OCTAVES)]
    radial = [
        _bell(logarithm + math.log(wavelength), abs(math.log(BANDWIDTH)))
        for wavelength in wavelengths
    ]
    angular = []
    for turn in range(TURNS):
        apart = ops.abs(angle - turn * math.pi / TURNS)
        apart = ops.minimum(apart, 2 * math.pi - apart)
        angular.append(_bell(apart, ANGULAR))
    return ops.stack(radial), ops.stack(angular)


def _bell(distance, width):
    return ops.exp(distance * distance * (-0.5 / width**2))
