"""Mean-subtracted, contrast-normalized luminance (Mittal et al., SPL 2013, eq. 1-3)."""

from keras import ops

from tfiqa.layers.correlation import correlate
from tfiqa.layers.correlation import correlate_window
from tfiqa.layers.correlation import replicated

# Rounding errors in a flat neighborhood are far below this, any texture is far above.
RESIDUE = 1e-9


def mscn(planes, taps, *, separable=True, exact_zeros=False):
    """Returns normalized luminance and local deviation.

    Args:
        planes: `(n, rows + k - 1, columns)` in `[0, 255]`, with the rows above and
            below that the window needs; columns are extended by their borders.
        taps: `(k,)` taps of the separable window, NumPy, `k` odd.
        separable: Whether the window is applied in two passes. MATLAB does so from 49
            samples on; in nearly flat areas the difference is visible.
        exact_zeros: Whether values that can only be rounding errors become 0. Published
            models were made without, and the signs of such values depend on the order
            of additions.

    Returns:
        Two tensors `(n, rows, columns)`.
    """
    half = len(taps) // 2
    if separable:
        mean, square = _separable(planes, taps, half)
    else:
        both = ops.concatenate([planes, planes * planes])
        both = replicated(both, half, half, axis=2)
        both = correlate_window(both, taps[:, None] * taps)
        mean, square = ops.split(both, 2)
    rows = ops.shape(mean)[1]
    difference = planes[:, half : half + rows] - mean
    if exact_zeros:
        difference = without_residue(difference)
    variance = square - mean * mean
    deviation = ops.sqrt(ops.maximum(variance, -variance))
    return difference / (deviation + 1.0), deviation


def without_residue(values):
    """Returns values in which those that can only be rounding errors are 0."""
    # A product takes half the time of a choice between values and zeros.
    return values * ops.cast(ops.abs(values) >= RESIDUE, values.dtype)


def _separable(planes, taps, half):
    """Returns the means of values and of their squares under the window."""
    lines = ops.transpose(planes, (1, 0, 2))
    lines = ops.stack([lines, lines * lines], axis=1)
    columns = ops.transpose(correlate(lines, taps), (3, 1, 2, 0))
    # Extended by the borders.
    columns = ops.concatenate(
        [*[columns[:1]] * half, columns, *[columns[-1:]] * half], axis=0
    )
    return ops.unstack(ops.transpose(correlate(columns, taps), (1, 2, 3, 0)), 2)
