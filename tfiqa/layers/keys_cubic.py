"""The kernel of bicubic resizing."""

from keras import ops


def keys_cubic(distances):
    """Returns Keys' cubic weights (a = -1/2) of samples at given distances.

    Reference:
        Keys, "Cubic convolution interpolation for digital image processing", 1981.
    """
    x = ops.abs(distances)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return ops.where(x <= 1.0, near, ops.where(x <= 2.0, far, ops.zeros_like(x)))
