"""Pairs of crops that overlap a little, and the window that holds both.

Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the wild",
CVPR 2023: two crops of an image share 10 to 30 % of their area. All randomness comes
from one generator. All arrays are NumPy's.
"""

import dataclasses
import functools

import numpy as np

from tfiqa.distortions.regions import Box
from tfiqa.distortions.scaled_crops import BLACK
from tfiqa.pixels.reflection import reflected


@dataclasses.dataclass(frozen=True)
class Pair:
    """The positions of two crops of an image.

    Attributes:
        rows: Row of the image for each row of the window; `BLACK` if there is none.
        columns: Column of the image for each column of the window, likewise.
        down: Rows by which the second crop lies below the first.
        right: Columns by which it lies to the right.
        size: Side of the crops.
    """

    rows: np.ndarray
    columns: np.ndarray
    down: int
    right: int
    size: int

    def box(self) -> Box:
        """Returns the region of the image that the window shows."""
        (top, bottom), (left, right) = (
            (line[line != BLACK].min(), line.max()) for line in self.lines()
        )
        return Box(int(top), int(left), int(bottom - top) + 1, int(right - left) + 1)

    def window(self, pixels: np.ndarray, box: Box) -> np.ndarray:
        """Returns the window; a view if it lies inside the image.

        Args:
            pixels: Pixels of a region of the image, `(height, width, 3)`.
            box: That region.
        """
        if all((np.diff(line) == 1).all() and line[0] >= 0 for line in self.lines()):
            return self.box().within(box).of(pixels)
        rows, columns = self.rows - box.top, self.columns - box.left
        window = pixels[np.ix_(np.maximum(rows, 0), np.maximum(columns, 0))]
        window[self.rows == BLACK] = 0
        window[:, self.columns == BLACK] = 0
        return window

    def crops(self, window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns views of both crops, `(size, size, 3)`, in the window."""
        first, second = (
            Box(
                max(sign * self.down, 0),
                max(sign * self.right, 0),
                self.size,
                self.size,
            )
            for sign in (-1, 1)
        )
        return first.of(window), second.of(window)

    def lines_of_crops(self) -> np.ndarray:
        """Returns rows and columns of the image in each crop, int32 `(2, 2, size)`."""
        starts = [
            (max(sign * self.down, 0), max(sign * self.right, 0)) for sign in (-1, 1)
        ]
        return np.array(
            [
                [
                    line[start : start + self.size]
                    for line, start in zip(self.lines(), corner, strict=True)
                ]
                for corner in starts
            ],
            np.int32,
        )

    def lines(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the rows and the columns."""
        return self.rows, self.columns


def draw_pair(
    height: int,
    width: int,
    rng: np.random.Generator,
    *,
    size: int,
    overlap: tuple[float, ...],
    offsets: str = "free",
    small: str = "reflect",
) -> Pair:
    """Returns a pair at a random position of an image.

    The window of free offsets is what both crops span, that of the released ones a
    square. An image smaller than the window is extended by reflection and lies at a
    random position in it; as released, it is centered on black.

    Args:
        height: Height of the image.
        width: Width of the image.
        rng: Generator of all random choices.
        size: Side of the crops.
        overlap: Smallest and largest share of a crop that both see.
        offsets: `"free"` or `"released"`.
        small: `"reflect"` or `"released"`.
    """
    law = free_offset if offsets == "free" else released_offset
    down, right = law(rng, size=size, overlap=overlap)
    lengths = size + abs(down), size + abs(right)
    if offsets == "released":
        lengths = (max(lengths), max(lengths))
    sides = height, width
    is_short = any(side < length for side, length in zip(sides, lengths, strict=True))
    position_of = _in_the_middle if is_short and small == "released" else _anywhere
    rows, columns = (
        position_of(side, length, rng)
        for side, length in zip(sides, lengths, strict=True)
    )
    return Pair(rows, columns, down, right, size)


def free_offset(
    rng: np.random.Generator, *, size: int, overlap: tuple[float, ...]
) -> tuple[int, int]:
    """Returns an offset in any direction, by rows and by columns.

    The share of the overlap is uniform between its bounds; given the share, the
    logarithm of the overlap's height is uniform; all signs are equally likely.

    Raises:
        ValueError: If no offset in integer pixels has such an overlap.
    """
    lengths, chances = shared_lengths(size, *overlap)
    index = int(np.searchsorted(chances[:-1], rng.random(), side="right"))
    down, right = (size - lengths[index]).tolist()
    signs = rng.integers(2, size=2) * 2 - 1
    return down * int(signs[0]), right * int(signs[1])


@functools.cache
def shared_lengths(
    size: int, least: float, largest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns heights and widths that overlaps can have, and their probabilities.

    Returns:
        int64 `(n, 2)`, and the cumulative probabilities `(n,)`, which end at 1.

    Raises:
        ValueError: If there are none.
    """
    lengths = np.indices((size, size)).reshape(2, -1).T + 1
    shares = lengths.prod(axis=1) / size**2
    possible = (shares >= least) & (shares <= largest)
    if not possible.any():
        raise ValueError(
            "An `overlap` that some offset in integer pixels has is expected. "
            f"Received: overlap={(least, largest)}, size={size}"
        )
    # As a function of height and width, the density of the share and the log height is
    # the share divided by the range of the log height.
    weights = -1.0 / np.log(np.minimum(shares[possible], 1.0 - 0.5 / size))
    return lengths[possible], np.cumsum(weights) / weights.sum()


def released_offset(
    rng: np.random.Generator, *, size: int, overlap: tuple[float, ...]
) -> tuple[int, int]:
    """Returns an offset down and right, mainly down, drawn like the released code.

    The row offset is uniform; then the column offset among those within the bounds.
    """
    rows = released_rows(size, overlap)
    down = int(rng.integers(rows.start, rows.stop))
    columns = released_columns(down, size, overlap)
    return down, int(rng.integers(columns.start, columns.stop))


def released_rows(size: int, overlap: tuple[float, ...]) -> range:
    """Returns the released code's row offsets, which may include 0."""
    return range(int(size * (1.0 - overlap[1])), int(size * (1.0 - overlap[0])))


def released_columns(down: int, size: int, overlap: tuple[float, ...]) -> range:
    """Returns its column offsets for a row offset: at least one."""
    first, end = (
        max(0, int((share * size**2 - size * down) / (size - down)))
        for share in (1.0 - overlap[1], 1.0 - overlap[0])
    )
    return range(first, max(end, first + 1))


def check_offsets(law: str, *, size: int, overlap: tuple[float, ...]) -> None:
    """Raises an error unless a law, `"free"` or `"released"`, has such an overlap."""
    if law == "free":
        shared_lengths(size, *overlap)
        return
    shares = (
        (size - down) * (size - right) / size**2
        for down in released_rows(size, overlap)
        for right in released_columns(down, size, overlap)
    )
    if not any(overlap[0] <= share <= overlap[1] for share in shares):
        raise ValueError(
            "An `overlap` that some offset of the released law has is expected. "
            f"Received: overlap={overlap}, size={size}"
        )


def exchange_as_released(first: np.ndarray, second: np.ndarray) -> None:
    """Exchanges two crops in place, and damages both.

    The released code adds and subtracts views of one array in place. Where the crops
    overlap, this mixes them, up to twice the range; the rest is exchanged.

    Args:
        first: View of one crop, float.
        second: View of the other crop, in the same window.
    """
    first += second
    np.subtract(first, second, out=second)
    first -= second


def _anywhere(side: int, length: int, rng: np.random.Generator) -> np.ndarray:
    spare = side - length
    start = int(rng.integers(min(spare, 0), max(spare, 0) + 1))
    return reflected(np.arange(start, start + length), side, np)


def _in_the_middle(side: int, length: int, rng: np.random.Generator) -> np.ndarray:
    del rng  # The position is fixed.
    # Rounds half to even if a longer side is cropped, down if a shorter one is padded.
    start = round((side - length) / 2) if side >= length else -((length - side) // 2)
    indices = np.arange(start, start + length)
    return np.where((indices >= 0) & (indices < side), indices, BLACK)
