"""Kernels of defocus and of motion, as MATLAB's `fspecial` defines them."""

import numpy as np

EPSILON = np.finfo(np.float64).eps


def disk(radius: int) -> np.ndarray:
    """Returns the kernel of a defocused lens: the share of each pixel in a disk.

    Args:
        radius: Radius of the disk in pixels, an integer.

    Returns:
        float64 `(2 * radius + 1, 2 * radius + 1)` with sum 1.
    """
    grid = np.abs(np.arange(-radius, radius + 1))
    long = np.maximum(grid[:, None], grid)
    short = np.minimum(grid[:, None], grid)
    squared_radius = radius**2
    farthest = (long + 0.5) ** 2 + (short + 0.5) ** 2
    nearest = (long - 0.5) ** 2 + (short - 0.5) ** 2
    inside = farthest < squared_radius
    on_axis = (short == 0) & (long - 0.5 < radius) & (radius <= long + 0.5)
    edge = ((nearest < squared_radius) & (squared_radius <= farthest)) | on_axis
    # Where the circle enters and leaves the square of a pixel, along its short side.
    low = _crossing(short - 0.5, long + 0.5, squared_radius, keep_above=False)
    high = _crossing(short + 0.5, long - 0.5, squared_radius, keep_above=True)
    with np.errstate(invalid="ignore"):
        angles = np.arcsin(low / radius), np.arcsin(high / radius)
    segment = squared_radius * (
        (angles[1] - angles[0]) / 2
        + (np.sin(2 * angles[1]) - np.sin(2 * angles[0])) / 4
    )
    covered = segment - (long - 0.5) * (high - low) + (low - short + 0.5)
    weights = np.where(edge, covered, inside.astype("float64"))
    weights[radius, radius] = 1.0
    return weights / weights.sum()


def _crossing(
    corner: np.ndarray, side: np.ndarray, squared_radius: int, *, keep_above: bool
) -> np.ndarray:
    """Returns where the circle meets a side of a pixel; the corner if it misses it."""
    on_side = np.sqrt(np.maximum(squared_radius - side**2, 0.0))
    distance = side**2 + corner**2
    keep = squared_radius > distance if keep_above else squared_radius < distance
    return np.where(keep, corner, on_side)


def motion(length: int, angle: int) -> np.ndarray:
    """Returns the kernel of a point that moves along a straight line.

    Args:
        length: Length of the line in pixels.
        angle: Direction in integer degrees, counterclockwise from the right.

    Returns:
        float64 `(rows, columns)`, both odd, with sum 1.
    """
    half = (length - 1) / 2
    phi = np.deg2rad(angle % 180)
    cosine, sine = np.cos(phi), np.sin(phi)
    sign = 1 if cosine >= 0 else -1
    x = np.arange(0, sign + np.trunc(half * cosine + sign - length * EPSILON), sign)
    y = np.arange(0, 1 + np.trunc(half * sine + 1 - length * EPSILON))
    x, y = np.meshgrid(x, y)
    distance = y * cosine - x * sine
    beyond = (np.hypot(x, y) >= half) & (np.abs(distance) <= 1)
    along = half - np.abs((x[beyond] + distance[beyond] * sine) / cosine)
    distance[beyond] = np.hypot(distance[beyond], along)
    weights = np.maximum(0.0, 1 + EPSILON - np.abs(distance))
    rows, columns = weights.shape
    kernel = np.zeros((2 * rows - 1, 2 * columns - 1))
    kernel[:rows, :columns] = weights[::-1, ::-1]
    kernel[rows - 1 :, columns - 1 :] = weights
    kernel /= kernel.sum() + EPSILON * length**2
    return kernel[::-1] if cosine > 0 else kernel
