"""Statistics of maps within windows, of all windows from one pass of the network."""

from keras import ops


def window_statistics(features, images, *, window, stride):
    """Returns the features of each window of pictures, `(batch, rows, columns, d)`.

    Each window is described as `MapStatistics` describes a picture, but the network
    looks at the picture as a whole, once: near its borders a window knows of what lies
    beyond them.

    Args:
        features: Layer `MapStatistics`.
        images: `(batch, height, width, 3)` in `[0, 255]`; both sides are multiples of
            `stride` and not shorter than `window`.
        window: Side of a window in pixels, a multiple of twice the longest stride of
            the network's maps.
        stride: From one window to the next in pixels, likewise.
    """
    full = ops.cast(images, "float32")
    half = ops.average_pool(full, 2, 2, padding="same")
    height = ops.shape(images)[1]
    every, some = [], []
    for pictures in (full, half):
        for number, found in enumerate(features.network(pictures)):
            step = height // ops.shape(found)[1]  # In pixels of the full scale.
            every.append((found, window // step, stride // step))
            if number in features.extremes:
                some.append(every[-1])
    means = _over_windows(ops.average_pool, every)
    squares = [(ops.square(one), *sizes) for one, *sizes in every]
    variances = _over_windows(ops.average_pool, squares) - ops.square(means)
    lowest = -_over_windows(ops.max_pool, [(-one, *sizes) for one, *sizes in some])
    highest = _over_windows(ops.max_pool, some)
    deviations = ops.sqrt(ops.relu(variances))
    return ops.concatenate([means, deviations, lowest, highest], axis=-1)


def _over_windows(pool, maps):
    pooled = [pool(one, size, step, padding="valid") for one, size, step in maps]
    return ops.concatenate(pooled, axis=-1)
