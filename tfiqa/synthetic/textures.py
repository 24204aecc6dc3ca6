"""Textures for leaves: generated, or taken from a folder of images.

Generated textures follow the statistical model of Baradad et al., "Learning to See by
Looking at Noise", NeurIPS 2021 (spectrum, color and wavelet marginals), in one pass
instead of iterated matching: sparse wavelet coefficients of a generalized Gaussian law
are drawn, scaled to the power of a random spectrum, and summed; the result is matched
to a random color model.
"""

import functools
import io
import os

import numpy as np
import scipy.special
from PIL import Image
from PIL import ImageOps

from tfiqa.files.listing import SUFFIXES
from tfiqa.files.listing import images_below
from tfiqa.files.reading import read_file
from tfiqa.synthetic.randomness import Stream

# Number of textures from which the leaves of a series choose.
POOL = 32

# Baradad et al.: amplitudes fall as 1 / (|fx|**a + |fy|**b), where a and b differ by at
# most twice 0.05 from a common exponent of up to 3.5; wavelets follow exp(-|x /
# q|**rho). Up to 2.0, spectra and derivatives of textured leaves come closest to those
# of photographs; smoother textures make leaves all but flat.
_EXPONENTS = (0.5, 2.0)
_EXPONENT_DIFFERENCE = 0.05
_RHO = (0.4, 0.8)
_ORIENTATIONS = 4
_LEVELS = 4

# Pads a pixel to four bytes.
_WORD = ((0, 0), (0, 0), (0, 1))

# The purpose of a random stream that no image uses.
_PURPOSE = 100

# Pillow's errors for files that are broken or suspiciously large.
_UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def texture(index: int, side: int, *, seed: int = 0) -> np.ndarray:
    """Returns a generated texture that tiles seamlessly.

    Args:
        index: Index of the texture.
        side: Its side in pixels, a power of two from 16.
        seed: Seed of the series.

    Returns:
        uint8 `(side, side, 3)`, RGB.
    """
    stream = Stream(seed, index, _PURPOSE)
    planes = np.stack([_plane(stream, side) for _ in range(3)])
    return _colored(stream, planes)


@functools.lru_cache(maxsize=4)
def pool(side: int, seed: int) -> np.ndarray:
    """Returns `POOL` generated textures, uint8 `(POOL, side, side, 4)`; see `read`."""
    return np.stack([np.pad(texture(i, side, seed=seed), _WORD) for i in range(POOL)])


@functools.lru_cache(maxsize=1)
def read(folder: str | os.PathLike[str], side: int) -> np.ndarray:
    """Returns the images of a folder as textures.

    Each is cropped to its central square, resized to half of `side`, and extended by
    reflection, so that it is seamless. The last folder read stays in memory, with
    `4 * side**2` bytes per image.

    Returns:
        uint8 `(count, side, side, 4)` in the order of the file names; the last
        channel is padding, so that a pixel is one machine word.

    Raises:
        ValueError: If the folder holds no image, or one that cannot be read.
    """
    # An empty name is not the current folder.
    paths = images_below(folder) if os.fspath(folder) else []
    if not paths:
        raise ValueError(
            f"A folder of images ({', '.join(SUFFIXES)}) is expected."
            f" Received: textures={os.fspath(folder)!r}"
        )
    return np.stack([_seamless(path, side) for path in paths])


def _plane(stream: Stream, side: int) -> np.ndarray:
    """Returns one channel, float64 `(side, side)`, mean 0."""
    position, difference, decay = stream.uniform(3)
    exponent = _EXPONENTS[0] + (_EXPONENTS[1] - _EXPONENTS[0]) * position
    difference = 2 * _EXPONENT_DIFFERENCE * (difference - 0.5)
    shape = _RHO[0] + (_RHO[1] - _RHO[0]) * decay
    quantiles = _sparse_quantiles(shape)
    spectrum = np.zeros((side, side // 2 + 1), complex)
    for level, band in _bands(side):
        coefficients = _sparse(stream.uniform(side >> level, side >> level), quantiles)
        spectrum += band * _repeated(coefficients, side)
    rows, columns = _frequencies(side)
    falloff = rows ** (exponent + difference) + columns ** (exponent - difference)
    falloff[0, 0] = np.inf
    return np.fft.irfft2(spectrum / falloff, s=(side, side))


def _frequencies(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the absolute frequencies of rows and columns, in cycles per pixel."""
    return np.abs(np.fft.fftfreq(side))[:, None], np.fft.rfftfreq(side)[None]


@functools.lru_cache(maxsize=2)
def _bands(side: int) -> list[tuple[int, np.ndarray]]:
    """Returns level and transfer function of each band; their squares sum to one.

    Octaves fade into one another; the last band holds everything below them.
    """
    rows, columns = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    octave = np.log2(np.maximum(np.hypot(rows, columns), 0.25 / side)) + 1.5
    angle = np.arctan2(rows, columns)
    turns = [np.cos(angle - k * np.pi / _ORIENTATIONS) for k in range(_ORIENTATIONS)]
    # Powers of cosine at equal angles sum to one after this division.
    squares = np.stack(turns) ** 6
    directions = np.sqrt(squares / squares.sum(axis=0))
    above = np.zeros_like(octave)
    bands = []
    for level in range(_LEVELS):
        reached = np.clip(octave + level + 0.5, 0.0, 1.0) ** 2
        reached = np.sin(np.pi / 2 * np.sqrt(reached)) ** 2
        own = np.sqrt(np.maximum(reached - above, 0.0))
        # Coefficients are sparser by 2**level on each side, which lowers the power.
        bands += [(level, 2**level * own * direction) for direction in directions]
        above = reached
    return [*bands, (_LEVELS, 2**_LEVELS * np.sqrt(1.0 - above))]


def _repeated(coefficients: np.ndarray, side: int) -> np.ndarray:
    """Returns the spectrum of coefficients on a coarse grid, zero elsewhere."""
    repeats = side // len(coefficients)
    if repeats == 1:
        return np.fft.rfft2(coefficients)
    columns = side // 2 + 1
    spectrum = np.fft.fft2(coefficients)
    return np.tile(spectrum, (repeats, repeats // 2 + 1))[:, :columns]


def _sparse_quantiles(exponent: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns probabilities and quantiles of `|x|` under `exp(-|x|**exponent)`."""
    probability = 1.0 - np.linspace(1.0, 0.02, 257) ** 3
    quantile = scipy.special.gammaincinv(1 / exponent, probability) ** (1 / exponent)
    deviation = np.exp(
        scipy.special.gammaln([3 / exponent, 1 / exponent]) @ [0.5, -0.5]
    )
    return probability, quantile / deviation


def _sparse(numbers: np.ndarray, law: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Returns coefficients of about unit variance from numbers uniform in [0, 1)."""
    centered = 2.0 * numbers - 1.0
    return np.copysign(np.interp(np.abs(centered), *law), centered)


def _colored(stream: Stream, planes: np.ndarray) -> np.ndarray:
    """Returns planes `(3, side, side)` as an image with the colors of a random model.

    The model has 3 to 22 random colors with random frequencies. Along its principal
    axes, the planes are matched to its marginals.
    """
    colors = stream.uniform(3 + int(20 * stream.uniform(1)[0]), 3)
    weights = stream.uniform(len(colors))
    weights /= weights.sum()
    mean = weights @ colors
    _, axes = np.linalg.eigh((colors - mean).T * weights @ (colors - mean))
    # Eigenvectors have no sign; their largest entry is made positive.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(3)])
    positions = (colors - mean) @ axes
    matched = [
        _matched(plane, position, weights)
        for plane, position in zip(planes, positions.T, strict=True)
    ]
    image = np.stack(matched, axis=-1) @ axes.T
    lowest, highest = image.min(), image.max()
    return np.rint((image - lowest) * (255.0 / (highest - lowest))).astype(np.uint8)


def _matched(plane: np.ndarray, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Returns a plane with its histogram matched to that of weighted values."""
    counts, edges = np.histogram(plane, 1024)
    share = np.concatenate([[0.0], np.cumsum(counts) / plane.size])
    order = np.argsort(values)
    centers = np.cumsum(weights[order]) - weights[order] / 2
    targets = np.interp(share, centers, values[order])
    return np.interp(plane, edges, targets)


def _seamless(path: str, side: int) -> np.ndarray:
    """Returns a file's central square beside its mirror images, `side` by `side`."""
    try:
        with Image.open(io.BytesIO(read_file(path))) as image:
            square = ImageOps.fit(image.convert("RGB"), (side // 2, side // 2))
    except _UNREADABLE as error:
        raise ValueError(
            f"A folder of readable images is expected. Received: textures with"
            f" {path!r} ({error})"
        ) from error
    pixels = np.pad(np.asarray(square), _WORD)
    rows = np.concatenate([pixels, pixels[::-1]])
    return np.concatenate([rows, rows[:, ::-1]], axis=1)
