"""Statistics of feature maps within windows, from one pass of the network."""

from keras import ops


def window_statistics(features, images, *, window, stride):
    """Returns the features of each window of images, `(batch, rows, columns, d)`.

    These are the features that `MapStatistics` computes of an image. The network
    processes the full image once, so that features near the border of a window also
    depend on pixels beyond it.

    Args:
        features: A `MapStatistics` layer.
        images: `(batch, height, width, 3)` in `[0, 255]`; both sides are multiples of
            `stride` and not shorter than `window`.
        window: Side of a window in pixels, a multiple of twice the longest stride of
            the network's maps.
        stride: Distance of neighboring windows in pixels, a multiple of the same.
    """
    full = ops.cast(images, "float32")
    half = ops.average_pool(full, 2, 2, padding="same")
    height = ops.shape(images)[1]
    every, some = [], []
    for scaled in (full, half):
        for number, output in enumerate(features.network(scaled)):
            step = height // ops.shape(output)[1]  # In pixels of the full scale.
            every.append((output, window // step, stride // step))
            if number in features.extremes:
                some.append(every[-1])
    means = _over_windows(ops.average_pool, every)
    squares = [(ops.square(values), *sizes) for values, *sizes in every]
    variances = _over_windows(ops.average_pool, squares) - ops.square(means)
    lowest = -_over_windows(ops.max_pool, [(-values, *rest) for values, *rest in some])
    highest = _over_windows(ops.max_pool, some)
    deviations = ops.sqrt(ops.relu(variances))
    return ops.concatenate([means, deviations, lowest, highest], axis=-1)


def _over_windows(pool, maps):
    pooled = [pool(each, size, step, padding="valid") for each, size, step in maps]
    return ops.concatenate(pooled, axis=-1)
