"""TensorFlow's Gaussian resize without antialiasing, from gathers and products.

`tf.image.resize(images, size, "gaussian")` weights the pixels within 1.5 pixels of a
sample by a Gaussian of half a pixel, also where the image shrinks. At most three pixels
along each axis have a weight, so that three gathers along each axis give the same
result on every backend and in every export.
"""

import numpy as np
from keras import ops

# In pixels of the source.
RADIUS = 1.5
SIGMA = 0.5


def fitted_sides(height, width, longer):
    """Returns the size of an image after its longer side becomes `longer`.

    Halves round to even, in single precision, as in TensorFlow. A side is never less
    than 1 pixel.

    Args:
        height: Rows of the image, an integer or a scalar tensor.
        width: Columns of the image, likewise.
        longer: Length of the longer side afterwards.

    Returns:
        Height and width; integers if those of the image are.
    """
    if isinstance(height, int) and isinstance(width, int):
        ratio = np.float32(longer) / np.float32(max(height, width))
        sides = (np.rint(np.float32(side) * ratio) for side in (height, width))
        return tuple(max(int(side), 1) for side in sides)
    sides = [ops.cast(side, "float32") for side in (height, width)]
    ratio = ops.cast(longer, "float32") / ops.maximum(*sides)
    fitted = (ops.cast(ops.round(side * ratio), "int32") for side in sides)
    return tuple(ops.maximum(side, 1) for side in fitted)


def gaussian_resized(images, height, width):
    """Returns images of another size, as `tf.image.resize(..., "gaussian")`.

    Args:
        images: `(batch, any, any, channels)` of any numeric dtype.
        height: Rows of the result, an integer or a scalar tensor.
        width: Columns of the result, likewise.

    Returns:
        float32 `(batch, height, width, channels)`.
    """
    return _along_axis(_along_axis(images, 1, height), 2, width)


def gaussian_taps(length, target):
    """Returns the pixels that a resize along one axis reads, and their weights.

    Args:
        length: Pixels along the axis, an integer or a scalar tensor.
        target: Samples along the axis, likewise.

    Returns:
        A list of three pairs: indices, int32 `(target,)`, and weights, float32
        `(target,)`, which sum to 1 over the three.
    """
    # In the order and the precision of TensorFlow: where a sample lies exactly between
    # two pixels, the last bit decides which pixels have a weight.
    scale = ops.cast(target, "float32") / ops.cast(length, "float32")
    samples = ops.cast(ops.arange(target, dtype="int32"), "float32") + 0.5
    samples = samples * (1.0 / scale)
    nearest = ops.cast(ops.floor(samples), "int32")
    indices, weights = [], []
    for step in (-1, 0, 1):
        index = nearest + step
        distance = ops.abs(ops.cast(index, "float32") + 0.5 - samples)
        inside = ops.logical_and(index >= 0, index < length)
        counts = ops.logical_and(inside, distance < RADIUS)
        gaussian = ops.exp(ops.square(distance) * (-0.5 / SIGMA**2))
        indices.append(ops.clip(index, 0, length - 1))
        weights.append(ops.where(counts, gaussian, 0.0))
    total = weights[0] + weights[1] + weights[2]
    return [(i, w / total) for i, w in zip(indices, weights, strict=True)]


def _along_axis(images, axis, target):
    length = ops.shape(images)[axis]
    shape = [1, 1, 1, 1]
    shape[axis] = -1
    parts = [
        ops.cast(ops.take(images, index, axis=axis), "float32")
        * ops.reshape(weight, shape)
        for index, weight in gaussian_taps(length, target)
    ]
    return parts[0] + parts[1] + parts[2]
