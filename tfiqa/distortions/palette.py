"""Few colors instead of many: a palette of least variance, and diffused errors.

`rgb2ind` of MATLAB does this with code that is not published. Wu's method splits the
colors of a picture where that lowers their variance most; Pillow diffuses the errors
by the weights of Floyd and Steinberg.

Reference:
    Wu, "Efficient statistical computations for optimal color quantization", in
    Graphics Gems II, 1991.
"""

import dataclasses

import numpy as np
from PIL import Image

BITS = 5  # Of each channel, as in the color cube of the original.
SIDE = 2**BITS


def through_palette(picture: np.ndarray, colors: int) -> np.ndarray:
    """Returns a picture uint8 `(height, width, 3)` that has at most `colors` colors."""
    palette = Image.new("P", (1, 1))
    entries = least_variance_palette(picture, colors)
    # Pillow fills up to 256 entries; repeats of the first are never nearer.
    filled = np.concatenate([entries, np.repeat(entries[:1], 256 - len(entries), 0)])
    palette.putpalette(filled.tobytes())
    dithered = Image.fromarray(picture).quantize(
        palette=palette, dither=Image.Dither.FLOYDSTEINBERG
    )
    return np.asarray(dithered.convert("RGB"))


def least_variance_palette(picture: np.ndarray, colors: int) -> np.ndarray:
    """Returns at most `colors` colors uint8 `(n, 3)`, means of boxes of colors."""
    moments = _cumulative_moments(picture)
    views = [
        (moments, (1, 2)),
        (moments.transpose(1, 0, 2, 3), (0, 2)),
        (moments.transpose(2, 0, 1, 3), (0, 1)),
    ]
    boxes = [_cut_of(views, np.array([[0, SIDE]] * 3))]
    while len(boxes) < colors:
        widest = max(range(len(boxes)), key=lambda index: boxes[index].gain)
        if boxes[widest].gain <= 0:
            break
        box = boxes.pop(widest)
        for half in (0, 1):
            bounds = box.bounds.copy()
            bounds[box.axis, 1 - half] = box.position
            boxes.append(_cut_of(views, bounds))
    sums = np.array([_inside(moments, box.bounds) for box in boxes])
    return np.round(sums[:, 1:4] / sums[:, :1]).astype("uint8")


@dataclasses.dataclass(frozen=True)
class Cut:
    """A box of colors and its best cut: how much the sum of squares falls by it."""

    bounds: np.ndarray
    gain: float
    axis: int
    position: int


def _cumulative_moments(picture: np.ndarray) -> np.ndarray:
    """Returns sums of 1, R, G, B over all boxes from black, `(33, 33, 33, 4)`."""
    cells = (picture >> (8 - BITS)).astype("int32")
    cells = ((cells[..., 0] * SIDE + cells[..., 1]) * SIDE + cells[..., 2]).ravel()
    columns = [None, *picture.reshape(-1, 3).T]
    sums = [np.bincount(cells, column, SIDE**3) for column in columns]
    table = np.zeros((SIDE + 1, SIDE + 1, SIDE + 1, 4))
    table[1:, 1:, 1:] = np.stack(sums, axis=-1).reshape(SIDE, SIDE, SIDE, 4)
    return table.cumsum(0).cumsum(1).cumsum(2)


def _cut_of(
    moments: list[tuple[np.ndarray, tuple[int, int]]], bounds: np.ndarray
) -> Cut:
    """Returns the cut of a box that lowers the sum of squared distances most.

    Args:
        moments: For each axis, the cumulative moments with that axis in front, and
            the other two axes.
        bounds: `(3, 2)`: where the box starts and ends along each axis.
    """
    best = Cut(bounds, 0.0, 0, 0)
    for axis, (table, (second, third)) in enumerate(moments):
        start, stop = bounds[axis]
        if stop - start < 2:
            continue
        (u0, u1), (v0, v1) = bounds[second], bounds[third]
        part = table[start : stop + 1]
        slabs = part[:, u1, v1] - part[:, u0, v1] - part[:, u1, v0] + part[:, u0, v0]
        slabs -= slabs[0]
        whole = _energy(slabs[-1])
        gains = _energy(slabs[1:-1]) + _energy(slabs[-1] - slabs[1:-1])
        position = int(gains.argmax())
        gain = float(gains[position] - whole)
        # Sums of so many squares are exact to about 1e-9 of the whole.
        if gain > best.gain + 1e-9 * whole:
            best = Cut(bounds, gain, axis, int(start) + 1 + position)
    return best


def _energy(sums: np.ndarray) -> np.ndarray:
    """Returns squared sums over counts: what a mean color explains of the squares."""
    colors = sums[..., 1:]
    return (colors * colors).sum(axis=-1) / np.maximum(sums[..., 0], 1.0)


def _inside(moments: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    table = moments[bounds[0, 1]] - moments[bounds[0, 0]]
    table = table[bounds[1, 1]] - table[bounds[1, 0]]
    return table[bounds[2, 1]] - table[bounds[2, 0]]
