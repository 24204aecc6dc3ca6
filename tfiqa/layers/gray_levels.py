"""The integer gray levels of an image, the same in single and in double precision."""

import numpy as np
from keras import ops

from tfiqa.pixels import luma

# The weights of red, green and blue: multiples of 2^-15, and what these leave.
_COARSE = np.floor(np.array(luma.MATLAB) * 2**15) / 2**15
_PARTS = np.stack([_COARSE, np.array(luma.MATLAB) - _COARSE], axis=1)


def gray_levels(pixels, dtype):
    """Returns the gray levels of pixels as `rgb2gray` of MATLAB rounds them.

    No gray value of integer levels is closer than 4e-6 to the middle of two levels, but
    single precision is off by up to 2e-5 near 255, by an amount that depends on the
    order of additions. Therefore the sum with the coarse part of the weights, which is
    exact, is divided into an integer and a fraction before the small rest is added.

    Args:
        pixels: `(..., 3)`, RGB in `[0, 255]`, any numeric dtype; rounded to integers.
        dtype: Dtype of the result, `"float32"` or `"float64"`.

    Returns:
        `(...)`, integers in `[0, 255]`; NaN for pixels with a NaN.
    """
    levels = ops.cast(ops.round(pixels), dtype)
    sums = ops.matmul(levels, ops.convert_to_tensor(_PARTS, dtype))
    whole = ops.floor(sums[..., 0])
    return whole + ops.floor(sums[..., 0] - whole + sums[..., 1] + 0.5)
