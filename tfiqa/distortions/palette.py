"""Reduction of colors: a palette of minimum variance, and error diffusion.

MATLAB's `rgb2ind` does this with code that is not published. Wu's method splits the
colors of an image where that lowers their variance most; Pillow diffuses the errors
with the weights of Floyd and Steinberg.

Reference:
    Wu, "Efficient statistical computations for optimal color quantization", in
    Graphics Gems II, 1991.
"""

import dataclasses

import numpy as np
from PIL import Image

BITS = 5  # Bits of each channel, as in the color cube of the original.
SIDE = 2**BITS
FIRST, SECOND = [1, 0, 0], [2, 2, 1]  # The other two axes of each axis.
CHUNK = 2**18  # Pixels of which the sums of two channels fit exactly into one float64.
SHIFT = 2.0**26  # More than a sum of `CHUNK` bytes.


def through_palette(image: np.ndarray, colors: int) -> np.ndarray:
    """Returns an image uint8 `(height, width, 3)` with at most `colors` colors.

    Images whose planes are contiguous are read fastest; the result is such an image.
    """
    entries = least_variance_palette(image, colors)
    palette = Image.new("P", (1, 1))
    palette.putpalette(entries.tobytes())
    channels = np.ascontiguousarray(image.transpose(2, 0, 1))
    pixels = Image.merge("RGB", [Image.fromarray(channel) for channel in channels])
    dithered = pixels.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    indices = dithered.tobytes()
    # Strings are translated faster than arrays are indexed.
    tables = np.zeros((3, 256), np.uint8)
    tables[:, : len(entries)] = entries.T
    painted = b"".join(indices.translate(table.tobytes()) for table in tables)
    planes = np.frombuffer(painted, np.uint8).reshape(channels.shape)
    return planes.transpose(1, 2, 0)


def least_variance_palette(image: np.ndarray, colors: int) -> np.ndarray:
    """Returns at most `colors` colors, uint8 `(n, 3)`, each the mean of a color box."""
    moments = _cumulative_moments(image)
    boxes = _cuts_of(moments, np.array([[[0, SIDE]] * 3]))
    while len(boxes) < colors:
        widest = max(range(len(boxes)), key=lambda index: boxes[index].gain)
        if boxes[widest].gain <= 0:
            break
        if not boxes[widest].halves:
            _halve(moments, _candidates(boxes, colors - len(boxes)))
        boxes += boxes.pop(widest).halves
    sums = np.array([_inside(moments, box.bounds) for box in boxes])
    return np.round(sums[:, 1:4] / sums[:, :1]).astype("uint8")


@dataclasses.dataclass
class Cut:
    """A box of colors and its best cut; `gain` is what the sum of squares loses.

    `halves` are the cuts of its two halves, empty until they are computed.
    """

    bounds: np.ndarray
    gain: float
    axis: int
    position: int
    halves: "list[Cut]" = dataclasses.field(default_factory=list)


def _candidates(boxes: list[Cut], count: int) -> list[Cut]:
    """Returns the boxes without halves that may be among the next `count` to be cut.

    No box with less gain than `count` others is: cutting adds boxes, and takes none.
    """
    widest = sorted(boxes, key=lambda box: box.gain, reverse=True)[:count]
    return [box for box in widest if box.gain > 0 and not box.halves]


def _halve(moments: np.ndarray, boxes: list[Cut]) -> None:
    """Computes the halves of boxes together, for about the price of one."""
    bounds = np.repeat(np.stack([box.bounds for box in boxes]), 2, axis=0)
    axes = [box.axis for box in boxes]
    positions = [box.position for box in boxes]
    lower, upper = np.arange(0, len(bounds), 2), np.arange(1, len(bounds), 2)
    bounds[lower, axes, 1] = bounds[upper, axes, 0] = positions
    cuts = _cuts_of(moments, bounds)
    for box, first in zip(boxes, lower, strict=True):
        box.halves = cuts[first : first + 2]


def _cumulative_moments(image: np.ndarray) -> np.ndarray:
    """Returns sums of 1, R, G, B over all boxes from black, `(33, 33, 33, 4)`."""
    channels = image.transpose(2, 0, 1).reshape(3, -1)
    table = np.zeros((SIDE + 1, SIDE + 1, SIDE + 1, 4))
    for first in range(0, channels.shape[1], CHUNK):
        table[1:, 1:, 1:] += _moments(channels[:, first : first + CHUNK])
    for axis in range(3):  # A third of the time of `cumsum`; sums are exact integers.
        slabs = np.moveaxis(table, axis, 0)
        for index in range(1, SIDE + 1):
            slabs[index] += slabs[index - 1]
    return table


def _moments(channels: np.ndarray) -> np.ndarray:
    """Returns sums of 1, R, G, B in each cell of colors, `(32, 32, 32, 4)`.

    Args:
        channels: uint8 `(3, n)`.
    """
    cells = np.zeros(channels.shape[1], np.uint16)
    for channel in channels:
        cells <<= BITS
        cells |= channel >> (8 - BITS)
    cells = cells.astype(np.intp)
    red, green, blue = channels
    # Two sums at once: a smaller one below the step of a larger one.
    sums = []
    for larger, smaller in ((None, red), (green, blue)):
        weights = SHIFT if larger is None else larger * SHIFT
        both = np.bincount(cells, weights + smaller, SIDE**3)
        upper = np.floor(both / SHIFT)
        sums += [upper, both - upper * SHIFT]
    return np.stack(sums, axis=-1).reshape(SIDE, SIDE, SIDE, 4)


def _cuts_of(moments: np.ndarray, bounds: np.ndarray) -> list[Cut]:
    """Returns, for each box, the cut that lowers the sum of squared distances most.

    Args:
        moments: Cumulative, `(33, 33, 33, 4)`.
        bounds: `(boxes, 3, 2)`: start and end of the boxes along each axis.
    """
    # Sums over slabs of the box from black to each position, `(boxes, 3, 33, 4)`.
    slabs = np.stack([_slabs(moments, bounds, axis) for axis in range(3)], axis=1)
    axes = np.arange(3)
    boxes = np.arange(len(bounds))[:, None]
    start, stop = bounds[..., 0], bounds[..., 1]
    slabs -= slabs[boxes, axes, start][:, :, None]
    total = slabs[boxes, axes, stop]
    uncut = _energy(total)
    gains = _energy(slabs) + _energy(total[:, :, None] - slabs)
    candidates = np.arange(SIDE + 1)
    inside = (candidates > start[..., None]) & (candidates < stop[..., None])
    gains = np.where(inside, gains, -np.inf)
    positions = gains.argmax(axis=2)
    best = gains.max(axis=2) - uncut
    return [
        _best_axis(*row) for row in zip(bounds, best, uncut, positions, strict=True)
    ]


def _slabs(moments: np.ndarray, bounds: np.ndarray, axis: int) -> np.ndarray:
    """Returns sums over the columns of boxes along an axis, `(boxes, 33, 4)`."""
    front = moments.transpose(axis, FIRST[axis], SECOND[axis], 3)
    (u0, u1), (v0, v1) = bounds[:, FIRST[axis]].T, bounds[:, SECOND[axis]].T
    columns = front[:, u1, v1] - front[:, u0, v1] - front[:, u1, v0] + front[:, u0, v0]
    return columns.transpose(1, 0, 2)


def _best_axis(
    bounds: np.ndarray, gains: np.ndarray, energies: np.ndarray, positions: np.ndarray
) -> Cut:
    """Returns the best of the cuts of a box along its axes."""
    best = Cut(bounds, 0.0, 0, 0)
    for axis in range(3):
        # Sums of so many squares have a relative error of about 1e-9.
        if gains[axis] > best.gain + 1e-9 * energies[axis]:
            best = Cut(bounds, float(gains[axis]), axis, int(positions[axis]))
    return best


def _energy(sums: np.ndarray) -> np.ndarray:
    """Returns squared sums over counts: the squares that a mean color explains."""
    colors = sums[..., 1:]
    return (colors * colors).sum(axis=-1) / np.maximum(sums[..., 0], 1.0)


def _inside(moments: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    table = moments[bounds[0, 1]] - moments[bounds[0, 0]]
    table = table[bounds[1, 1]] - table[bounds[1, 0]]
    return table[bounds[2, 1]] - table[bounds[2, 0]]
