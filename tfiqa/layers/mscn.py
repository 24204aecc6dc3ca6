"""Mean-subtracted, contrast-normalized luminance (Mittal et al., SPL 2013, eq. 1-3)."""

from keras import ops

from tfiqa.layers.correlation import correlate
from tfiqa.layers.correlation import correlate_window
from tfiqa.layers.correlation import replicated

# What rounding leaves of a flat neighbourhood is far below, any texture far above.
RESIDUE = 1e-9


def mscn(planes, taps, *, separable=True, exact_zeros=False):
    """Returns normalized luminance and local deviation.

    Args:
        planes: `(n, rows + k - 1, columns)` in `[0, 255]`, with the rows above and
            below that the window needs; columns are continued by their borders.
        taps: `(k,)` of the separable window, NumPy, `k` odd.
        separable: Whether the window is applied in two passes. MATLAB does so from
            49 samples on; in areas that are nearly flat the difference can be seen.
        exact_zeros: Whether values that can only be rounding become 0. Published
            models were made without, and the signs of such values depend on the
            order of additions.

    Returns:
        Two tensors `(n, rows, columns)`.
    """
    half = len(taps) // 2
    both = ops.stack([planes, planes * planes])
    both = ops.reshape(both, (-1, *ops.shape(planes)[1:]))
    both = replicated(both, half, half, axis=2)
    if separable:
        both = correlate(correlate(both, taps, axis=1), taps, axis=2)
    else:
        both = correlate_window(both, taps[:, None] * taps)
    count, rows, _ = ops.shape(both)
    mean, square = both[: count // 2], both[count // 2 :]
    difference = planes[:, half : half + rows] - mean
    if exact_zeros:
        zero = ops.zeros_like(difference)
        difference = ops.where(ops.abs(difference) < RESIDUE, zero, difference)
    variance = square - mean * mean
    deviation = ops.sqrt(ops.maximum(variance, -variance))
    return difference / (deviation + 1.0), deviation
