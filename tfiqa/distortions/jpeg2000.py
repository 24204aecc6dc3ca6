"""The effect of JPEG 2000 on an image, by OpenJPEG.

Images are coded in parallel where OpenJPEG can be called directly; see `openjpeg`.
Elsewhere Pillow calls it, one Python thread at a time. Files are the same on all ways.

OpenJPEG can also divide one image among threads. This shortens the wait for it, but
costs a quarter more processor time where all cores are busy, so an image gets the cores
that no other one needs.
"""

import io
import os
import threading

import numpy as np
from PIL import Image

from tfiqa.distortions import openjpeg

RESOLUTIONS = 5  # Four halvings, MATLAB's default.
TOLERANCE = 0.025  # Relative to the length of a file.
ATTEMPTS = 6
SEARCH_FACTOR = 1.3  # Largest factor by which the ratio is lowered.
AHEAD = 3  # Number of the ratio that is tried first: 3 % above the target.
DETAIL = 0.1  # Files that are shorter by more show an image with too little detail.


def through_jpeg2000(image: np.ndarray, ratio: float) -> np.ndarray:
    """Returns an image as decoded from a JPEG 2000 file of it.

    The file has one tile and one layer, and uses the irreversible wavelet and color
    transform.

    Args:
        image: uint8 `(height, width, 3)`.
        ratio: Bytes of the image over bytes of the file. The codec comes within 3 % of
            it, unless the image has too little detail for a file of that length.

    Returns:
        uint8 `(height, width, 3)`.
    """
    with _cores as threads:
        file = encode(image, ratio, threads=threads)
        if openjpeg.is_available():
            return openjpeg.decode(file, threads=threads)
    with Image.open(io.BytesIO(file)) as decoded:
        return np.asarray(decoded)


def encode(image: np.ndarray, ratio: float, *, threads: int = 1) -> bytes:
    """Returns the JPEG 2000 file of an image, uint8 `(height, width, 3)`.

    The codec stops before the file gets too long. If it stops too early by more than
    `TOLERANCE`, the search tries lower ratios, with smaller blocks, which it can
    truncate more finely, and returns the closest file. An image with too little detail
    gives the same file again, which ends the search.

    A lower ratio never gives a shorter file: the codec codes all blocks in the same way
    and only keeps more of them. Most searches begin with ratios that give files much
    too long, so one of the next ratios is tried out of turn. If its file is too long,
    those of the lower ratios are longer still and need not be made.
    """
    target = image.nbytes / ratio
    made: dict[float, bytes] = {}

    def make(ratio: float) -> bytes:
        if ratio not in made:
            made[ratio] = _encode(image, ratio, block=32, threads=threads)
        return made[ratio]

    def excess(file: bytes) -> float:
        return len(file) / target - 1.0

    files = [_encode(image, ratio, threads=threads)]
    least, most = ratio / SEARCH_FACTOR, ratio
    too_long = 0.0  # Lower ratios are known to give files that are too long.
    if -DETAIL < excess(files[0]) < -TOLERANCE:
        ahead = _ratio_ahead(least, most)
        too_long = ahead if excess(make(ahead)) > TOLERANCE else 0.0
    attempts = 1
    while abs(excess(files[-1])) > TOLERANCE and attempts < ATTEMPTS:
        attempts += 1
        tried = (least * most) ** 0.5
        if tried < too_long:
            least = tried
            continue
        files.append(make(tried))
        if len(files[-1]) > target:
            least = tried
        elif len(files[-1]) == len(files[-2]):
            break
        else:
            most = tried
    return min(files, key=lambda file: abs(len(file) - target))


def _ratio_ahead(least: float, most: float) -> float:
    """Returns the ratio that the search tries if all before it give too long files."""
    for _ in range(AHEAD):
        least = (least * most) ** 0.5
    return least


def _encode(image: np.ndarray, ratio: float, *, block: int = 64, threads: int) -> bytes:
    # The coarsest resolution keeps at least two samples of the smaller side.
    resolutions = min(RESOLUTIONS, min(image.shape[:2]).bit_length() - 1)
    if openjpeg.is_available():
        return openjpeg.encode(
            image, ratio, resolutions=resolutions, block=block, threads=threads
        )
    os.environ.setdefault("OPJ_NUM_THREADS", "ALL_CPUS")
    file = io.BytesIO()
    Image.fromarray(image).save(
        file,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[ratio],
        irreversible=True,
        mct=1,  # The color transform, off by default in Pillow.
        num_resolutions=resolutions,
        codeblock_size=(block, block),
        progression="LRCP",
    )
    return file.getvalue()


class _SharedCores:
    """The cores, divided among the images that are being coded in this process.

    As a context it gives the number of threads for one more image.
    """

    def __init__(self) -> None:
        self._images = 0
        self._counting = threading.Lock()

    def __enter__(self) -> int:
        with self._counting:
            self._images += 1
            return max((os.cpu_count() or 1) // self._images, 1)

    def __exit__(self, *_: object) -> None:
        with self._counting:
            self._images -= 1


_cores = _SharedCores()
