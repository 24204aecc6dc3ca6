"""EXIF times, cameras and perceptual hashes, which decide what belongs to a burst."""

import dataclasses
import datetime
import itertools
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from tfiqa.data.decode import decode
from tfiqa.data.opening import DecodeError
from tfiqa.data.opening import faults_as_decode_errors
from tfiqa.data.opening import opened
from tfiqa.files.reading import read_file

# Tags of EXIF 2.32, sections 4.6.4 and 4.6.5.
_MAKE, _MODEL, _DATE, _EXIF = 0x010F, 0x0110, 0x0132, 0x8769
_TAKEN, _FRACTION, _SERIAL = 0x9003, 0x9291, 0xA431
_EPOCH = datetime.datetime(1970, 1, 1)


@dataclass(frozen=True)
class Capture:
    """What decides whether two images belong to one burst.

    Attributes:
        index: Index of the image in the input.
        folder: Folder of the image.
        camera: Maker, model and serial number, as far as they are known.
        time: When it was taken, in seconds since 1970 by the camera's clock; None if
            unknown.
        hash: Perceptual hash of 64 bits; None if unknown.
    """

    index: int
    folder: str = ""
    camera: str = ""
    time: float | None = None
    hash: int | None = None

    @property
    def order(self) -> tuple:
        """The sort key that puts the images of a burst next to each other."""
        if self.time is None:
            return (1, self.folder, 0.0, self.index)
        return (0, self.camera, self.time, self.index)

    def may_precede(self, other: "Capture", seconds: float) -> bool:
        """Returns whether the next image in order may belong to the same burst."""
        if self.time is None and other.time is None:
            return self.folder == other.folder
        if self.time is None or other.time is None:
            return False
        return self.camera == other.camera and other.time - self.time <= seconds

    def looks_like(self, other: "Capture", bits: int) -> bool:
        """Returns whether the hashes are known and differ in few bits."""
        if self.hash is None or other.hash is None:
            return False
        return (self.hash ^ other.hash).bit_count() <= bits


def captures_of(paths: Sequence[str], *, seconds: float) -> list[Capture]:
    """Returns when and how images were taken.

    Only images that may belong to the burst of a neighbor are decoded and hashed.

    Args:
        paths: Paths of the images. Values that cannot be read are None or empty.
        seconds: Longest time between an image of a burst and the next one.

    Raises:
        ImportError: If the package `imagehash` is not installed.
    """
    import imagehash  # noqa: F401  # Fails before any file is read.

    captures = [_capture(index, path) for index, path in enumerate(paths)]
    ordered = sorted(captures, key=lambda capture: capture.order)
    near: set[int] = set()
    for first, second in itertools.pairwise(ordered):
        if first.may_precede(second, seconds):
            near |= {first.index, second.index}
    for index in near:
        value = perceptual_hash(paths[index])
        captures[index] = dataclasses.replace(captures[index], hash=value)
    return captures


def _capture(index: int, path: str) -> Capture:
    folder = os.path.dirname(path)
    try:
        encoded = read_file(path)
        with faults_as_decode_errors(encoded), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of corrupt EXIF data.
            tags = opened(encoded).getexif()
            inner = tags.get_ifd(_EXIF)
    except (OSError, DecodeError):
        return Capture(index, folder)
    camera = " ".join(_text(tags.get(tag)) for tag in (_MAKE, _MODEL))
    return Capture(
        index,
        folder,
        f"{camera} {_text(inner.get(_SERIAL))}".strip(),
        _seconds(inner.get(_TAKEN) or tags.get(_DATE), inner.get(_FRACTION)),
    )


def _text(value: Any) -> str:
    return value.strip("\0 ") if isinstance(value, str) else ""


def _seconds(date: Any, fraction: Any) -> float | None:
    """Returns an EXIF time, such as `2026:05:01 12:30:45` and `25`, in seconds."""
    try:
        taken = datetime.datetime.strptime(_text(date), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    digits = _text(fraction)
    part = float(f"0.{digits}") if digits.isascii() and digits.isdigit() else 0.0
    return (taken - _EPOCH).total_seconds() + part


def perceptual_hash(path: str) -> int | None:
    """Returns the perceptual hash of an image, 64 bits; None if it does not decode."""
    import imagehash  # An extra, which imports SciPy.

    try:
        pixels = decode(read_file(path))
    except (OSError, DecodeError):
        return None
    return int(str(imagehash.phash(Image.fromarray(pixels))), 16)
